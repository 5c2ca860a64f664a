"""Cases that are known to fail, by the reason. A name that ends in `*` stands for all that begin so.

Take a line out when what it says is mended: the run says which ones are."""

known = {}                        # reason -> names of cases

_exact = {name: why for why,names in known.items() for name in names if not name.endswith('*')}
_begins = {name[:-1]: why for why,names in known.items() for name in names if name.endswith('*')}

def why_open(name:str)->str:
    "Why a case is known to fail; empty where it is not"
    if name in _exact: return _exact[name]
    return next((why for start,why in _begins.items() if name.startswith(start)), '')
