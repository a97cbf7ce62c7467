#!/bin/sh
# Reproduces what is in production, from nothing but the remote. For cron, which mails what is printed:
#   17 3 * * *  /srv/models/nightly.sh /mnt/team/mlrepro /srv/models/reports
set -eu
remote=$1
reports=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mlrepro remote add -q origin "$remote"
mlrepro pull -q
mlrepro reproduce -q --filter "tags.production = 'yes'" --env rebuild \
  --junit "$reports/reproduce.xml" --markdown "$reports/reproduce.md"
