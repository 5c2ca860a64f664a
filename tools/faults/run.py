"""Does mmpath stand bad inputs? `python tools/faults/run.py` tries them all and prints what came of them, by kind.

    python tools/faults/run.py                  # all; status 1 where one is raw, silent, unsafe or lost
    python tools/faults/run.py values names     # some kinds
    python tools/faults/run.py --only BOM       # cases whose name holds a word
    python tools/faults/run.py --list           # their names

A case that is known to fail says why in `open` (see known.py): it is counted in a column of its own and fails nothing."""
import argparse,importlib,os,sys,time,warnings
from collections import Counter
from multiprocessing import connection,get_context
from pathlib import Path

os.environ.setdefault('OMP_NUM_THREADS', '1')
warnings.simplefilter('ignore')
here = Path(__file__).resolve().parent
sys.path[:0] = [str(here.parent.parent)]
if str(here) not in sys.path: sys.path.insert(0, str(here))

from case import defects,outcomes,run_case
from known import why_open

modules = ('tables','values','ids','geometry','queries','names','features','splits','scores','models','processes','disks',
    'fresh','reported')
patience = 90                                   # seconds for a case; then it hangs

def all_cases(kinds=(), only=''):
    "The cases of the kinds asked for, in an order that never changes"
    found = [c for m in modules for c in importlib.import_module(m).cases()]
    for c in found: c.open = c.open or why_open(f'{c.kind}: {c.name}')
    twice = [k for k,n in Counter((c.kind,c.name) for c in found).items() if n>1]
    if twice: raise SystemExit(f'two cases have one name: {twice[:3]}')
    return [c for c in found if (not kinds or c.kind in kinds) and only.lower() in c.name.lower()]

def _serve(conn, cases):
    "A worker: try cases by their number until told to stop"
    import torch
    torch.set_num_threads(1)
    sys.stdout = open(os.devnull, 'w')
    while (i := conn.recv()) is not None:
        t0 = time.monotonic()
        found = run_case(cases[i])
        conn.send((i,*found,time.monotonic()-t0))

class _Worker:
    "A process that tries cases; where a case ends it, or hangs, that is the outcome"
    def __init__(self, cases):
        self.conn,theirs = get_context('fork').Pipe()
        self.process = get_context('fork').Process(target=_serve, args=(theirs,cases))
        self.process.start()
        theirs.close()
        self.job,self.since = None,0.
    def give(self, i):
        self.job,self.since = i,time.monotonic()
        self.conn.send(i)
    def end(self):
        self.process.kill()
        self.process.join()
        self.conn.close()

def _answer(w):
    "What a worker found, `None` while it is at work"
    took = time.monotonic()-w.since
    if not w.conn.poll():
        return (w.job,'raw',f'hangs: no end after {patience} s',took) if took>patience else None
    try: return w.conn.recv()
    except (EOFError,ConnectionError): return w.job,'raw',f'the process died ({w.process.exitcode})',took

def try_all(cases, workers):
    "Outcomes by the number of the case: (outcome, more, seconds)"
    found,todo,team = {},list(reversed(range(len(cases)))),[]
    while len(found)<len(cases):
        while len(team)<workers and todo: team.append(_Worker(cases))
        for w in team:
            if w.job is None and todo: w.give(todo.pop())
        connection.wait([w.conn for w in team if w.job is not None], timeout=1)
        for w in list(team):
            got = None if w.job is None else _answer(w)
            if got is None: continue
            found[got[0]],w.job = got[1:],None
            if got[2].startswith(('hangs','the process died')):
                w.end()
                team.remove(w)
    for w in team: w.end()
    return [found[i] for i in range(len(cases))]

def report(cases, found, tell=False):
    "Print the table by kind and the cases that fail; how many there are"
    count = {k: Counter() for k in dict.fromkeys(c.kind for c in cases)}
    for c,(what,_,_) in zip(cases, found): count[c.kind]['open' if c.open and what in defects else what] += 1
    columns = [*outcomes,'open']
    print(f"{'kind':12}"+''.join(f'{o:>12}' for o in ['cases',*columns]))
    for k,n in [*count.items(),('all',sum(count.values(), Counter()))]:
        print(f'{k:12}'+''.join(f'{o:12}' for o in [n.total(),*(n[c] for c in columns)]))
    bad = [(c,*o) for c,o in zip(cases, found) if o[0] in defects]
    for c,what,more,_ in bad:
        if c.open: print(f'open   {c.kind}: {c.name}: {what}; {c.open}'+(f' ({more})' if tell else ''))
    for c,(what,_,_) in zip(cases, found):
        if c.open and what not in defects and not c.open.startswith('sometimes'):
            print(f'mended {c.kind}: {c.name}: take its open= out')
    failed = [o for o in bad if not o[0].open]
    for c,what,more,_ in failed: print(f'{what:7}{c.kind}: {c.name}: {more}')
    return len(failed)

def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument('kinds', nargs='*')
    p.add_argument('--only', default='')
    p.add_argument('--list', action='store_true')
    p.add_argument('--tell', action='store_true', help='also print what the open cases say')
    p.add_argument('--slow', action='store_true', help='also print the ten slowest cases')
    p.add_argument('--workers', type=int, default=min(4, os.cpu_count() or 1))
    a = p.parse_args()
    cases = all_cases(a.kinds, a.only)
    if not cases: raise SystemExit('no such case')
    if a.list:
        for c in cases: print(f'{c.kind}: {c.name}')
        return
    t0 = time.monotonic()
    found = try_all(cases, a.workers)
    failed = report(cases, found, a.tell)
    slow = sorted(zip(found, cases), key=lambda o: -o[0][2])[:10]
    if a.slow:
        for (_,_,s),c in slow: print(f'{s:6.1f} s {c.kind}: {c.name}')
    print(f'{len(cases)} cases in {time.monotonic()-t0:.0f} s: {failed} fail')
    sys.exit(1 if failed else 0)

if __name__=='__main__': main()
