"""
Rules in the Common Expression Language: ``validation/cel``.

`engine` is what an engine must do, `cel_cpp` the one that does it, `rules` reads the rules of
a configuration and decides when they are asked, `values` is what they see, `asking` asks
them.  `tokens` is what a validator of tokens needs of all this.
"""
