"""
What a cache of HTTP answers decides, and where it keeps them.

Plain functions on plain values, without the network: whether an answer may be kept
(`storing`), under which name (`keys`), how long it is good (`freshness`), for which other
request (`vary`), and how a 304 refreshes it (`revalidation`).  `lru` keeps entries in
bounded memory; `stores` says which backend uses which store.

The rules are those of RFC 7234 for a private cache, as KrakenD applies them.
"""
