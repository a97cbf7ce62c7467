-- The warehouse a year later: the old view is gone, the new one has newer weeks, and prices in dollars.
DROP MATERIALIZED VIEW sales_history;
CREATE MATERIALIZED VIEW product_sales AS
SELECT s.store, s.week, s.price, r.price AS rival_price, s.feat,
       ln(s.sold::float8) AS log_sold, CASE WHEN s.week % 10 < 8 THEN 'train' ELSE 'test' END AS part,
       s.product, r.product AS rival, s.sold, 'dollars'::text AS price_unit, d.income
FROM sales s
JOIN sales r ON r.store = s.store AND r.week = s.week AND r.product = 'Minute Maid 64 oz'
JOIN stores d ON d.store = s.store
WHERE s.product = 'Tropicana 64 oz' AND s.week >= 60;
