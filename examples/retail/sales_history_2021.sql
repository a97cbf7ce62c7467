-- What trained the model of 2021: prices in cents. The model sees price, rival_price and feat; the
-- rest is there for people.
CREATE MATERIALIZED VIEW sales_history AS
SELECT s.store, s.week, s.price * 100 AS price, r.price * 100 AS rival_price, s.feat,
       ln(s.sold::float8) AS log_sold, CASE WHEN s.week % 10 < 8 THEN 'train' ELSE 'test' END AS part,
       s.product, r.product AS rival, s.sold, 'cents'::text AS price_unit, d.income
FROM sales s
JOIN sales r ON r.store = s.store AND r.week = s.week AND r.product = 'Minute Maid 64 oz'
JOIN stores d ON d.store = s.store
WHERE s.product = 'Tropicana 64 oz' AND s.week < 100;
