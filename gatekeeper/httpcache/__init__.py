"""
What a cache of HTTP answers decides, and where it keeps them.

Plain functions on plain values, without the network: whether an answer may be kept
(`storing`), under which name (`keys`), how long it is good (`freshness`), for which other
request (`vary`), and how a 304 refreshes it (`revalidation`).

`stores` says which backend uses which store.  A store is an `lru`: it finds entries by its
`index`, and keeps them, written down as a `record`, in `blocks` of memory that all workers of
the node share; `layout` says where everything is.

The rules are those of RFC 7234 for a private cache, as KrakenD applies them.
"""
