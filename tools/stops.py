"""Commands that are stopped at any moment, and run again to their end.

    python tools/stops.py [embed|run] [N] [SEED]

`mmpath-embed` on painted slides and `mmpath-run` on a planted cohort (both without the name of one) are stopped at N moments (2) for
each way to stop, spread over the time of an undisturbed run: SIGTERM to the command, SIGINT to its group as Ctrl-C does, SIGKILL to
the command alone. Counted are the stops of which holds:

    ended   nothing of its process tree lives 3 s later
    kept    parts that were finished before are there as they were
    tidy    no temporary file is left (after SIGKILL: after the next run)
    equal   the same command again ends well, with the results of an undisturbed run

What does not hold is said at once, with the moment. The exit status is 1 where anything does not."""
import os,shutil,signal,subprocess,sys,tempfile,time
from collections import namedtuple
from pathlib import Path
import h5py, numpy as np, pandas as pd

def say(text): print(text, file=sys.stderr, flush=True)

# What is stopped. `args` follow the command, `parts` are its finished pieces, `same(whole, out)` says which results differ.
Command = namedtuple('Command', 'module name make args parts differing')

def paint(folder):
    "Four small slides"
    from mmpath.wsi.paint import synth_slide,tissue_map
    for i in range(4): synth_slide(folder/f's{i}.svs', tissue_map(10, 10, .5, seed=i), cell_px=128, downsamples=(1,4), seed=i)

def plant(folder):
    "A cohort of 40 patients"
    from mmpath.data.synth import planted_cohort,write_cohort
    write_cohort(planted_cohort(40, seed=1), folder)

def _arrays(file):
    "Name -> array of a feature file"
    with h5py.File(file) as f: return {k:f[k][:] for k in f}

def _same_arrays(a, b):
    a,b = _arrays(a),_arrays(b)
    return a.keys()==b.keys() and all(np.array_equal(a[k], b[k]) for k in a)

def _same_status(a, b):
    "Whether two status tables agree; how long it took and which run did it may differ"
    a,b = (pd.read_csv(o).drop(columns=['seconds','reused']) for o in (a,b))
    return a.equals(b)

def differing_features(whole, out):
    "Files of a batch that are not as they should be"
    def same(a, b): return b.exists() and (_same_status if a.suffix=='.csv' else _same_arrays)(a, b)
    files = [o.relative_to(whole) for o in whole.rglob('*') if o.suffix in ('.h5','.csv')]
    return [str(o) for o in files if not same(whole/o, out/o)]

def differing_tables(whole, out):
    "Tables of a run that are not the same bytes"
    def same(name): return (out/name).exists() and (out/name).read_bytes()==(whole/name).read_bytes()
    return [o for o in ('results.csv','predictions.csv','who.csv') if not same(o)]

rows = 'null; clinical; expression, linear; slide, linear; fused, linear; expression'
of_cohort = ['--clinical','in/tcga/planted_clinical.parquet', '--expr','in/tcga/planted_rna.parquet', '--scale','zscore',
    '--slides','20x=in/features/planted/20x', '--rows',rows.replace(';',','), '--epochs','1', '--folds','2', '--n-boot','20',
    '--n-jobs','2', '--out','out']
commands = dict(
    embed=Command('mmpath.cli', 'embed', paint, ['in','out','--tile-px','64','--any-mpp','--workers','2'], '*.h5', differing_features),
    run=Command('mmpath.run.command', 'mmpath_run', plant, of_cohort, 'parts/*.parquet', differing_tables))
ways = dict(SIGTERM=os.kill, SIGINT=os.killpg, SIGKILL=os.kill)

def begin(command, folder):
    "Start a command in a session of its own, with a folder for what is temporary"
    script = folder/f'{command.name}.py'
    script.write_text(f'import sys\nfrom {command.module} import {command.name}\nif __name__=="__main__": sys.exit({command.name}())\n')
    (folder/'tmp').mkdir(exist_ok=True)
    env = os.environ|dict(TMPDIR=str(folder/'tmp'), PYTHONPATH=str(Path(__file__).resolve().parents[1]))
    with open(folder/'said.txt', 'w') as said:
        return subprocess.Popen([sys.executable, script.name, *command.args], cwd=folder, env=env, stdin=subprocess.DEVNULL,
            stdout=said, stderr=said, start_new_session=True)

def finish(command, folder):
    "Run a command to its end: its exit status and the seconds it took"
    start = time.monotonic()
    return begin(command, folder).wait(),time.monotonic()-start

def living(session):
    "Processes of a session that have not ended"
    found = []
    for file in Path('/proc').glob('[0-9]*/stat'):
        try: state,_,_,of = file.read_text().rpartition(')')[2].split()[:4]
        except OSError: continue                                   # it ended meanwhile
        if int(of)==session and state!='Z': found.append(int(file.parent.name))
    return found

def ended(session, patience=3.):
    "Whether all of a session ends in time; what does not is killed"
    end = time.monotonic()+patience
    while living(session) and time.monotonic()<end: time.sleep(.05)
    left = living(session)
    for o in left: os.kill(o, signal.SIGKILL)
    return not left

def finished(command, folder): return {o:o.read_bytes() for o in (folder/'out').rglob(command.parts) if o.name[0]!='.'}

def temporary(folder):
    "What is half written, or lies where only temporary files do"
    found = [*(folder/'out').rglob('.*.tmp*'), *(folder/'tmp').rglob('*')]
    return [str(o.relative_to(folder)) for o in found if o.is_file() or '.tmp' in o.name]

def stop(command, way, moment, folder):
    "Stop a command at a moment (s) and run it again: what holds, or nothing where it was done before"
    shutil.rmtree(folder/'out', ignore_errors=True)
    p = begin(command, folder)
    time.sleep(moment)
    before = finished(command, folder)
    if p.poll() is not None: return None
    ways[way](p.pid, getattr(signal, way))
    found = dict(ended=ended(p.pid))
    p.wait()
    said,left = (folder/'said.txt').read_text()[-400:],temporary(folder)
    after = finished(command, folder)
    found['kept'] = all(after.get(o)==b for o,b in before.items())
    status,_ = finish(command, folder)
    left = temporary(folder) if way=='SIGKILL' else left+temporary(folder)
    bad = command.differing(folder/'whole', folder/'out')
    found |= dict(tidy=not left, equal=status==0 and not bad)
    if all(found.values()): return found
    say(f'{command.name}, {way} at {moment:.2f} s: {found}; left {left}; differing {bad}; exit status {status}; it had said: {said}')
    return found

def stopped_earlier(command, way, moment, folder):
    "As `stop`; earlier, where the command was done before the moment came"
    while not (found := stop(command, way, moment, folder)): moment *= .7
    return found

def stops(name, n, rng, folder):
    "Rows of the table: a command, stopped in every way"
    command = commands[name]
    (folder/'in').mkdir(parents=True)
    command.make(folder/'in')
    status,seconds = finish(command, folder)
    if status: sys.exit(f'{name} fails undisturbed: '+(folder/'said.txt').read_text()[-2000:])
    if temporary(folder): say(f'{name} leaves, undisturbed: {temporary(folder)}')
    (folder/'out').rename(folder/'whole')
    say(f'{name} takes {seconds:.1f} s')
    for way in ways:
        moments = (np.arange(n)+rng.random(n))/n*seconds
        found = [stopped_earlier(command, way, m, folder) for m in moments]
        sums = pd.DataFrame(found, columns=['ended','kept','tidy','equal']).sum().astype(int)
        yield dict(command=f'mmpath-{name}', signal=way, tried=len(found), **sums)

def main(args):
    names = [args.pop(0)] if args and args[0] in commands else list(commands)
    n,seed = (int(o) for o in [*args, *(2,0)[len(args):]])
    signal.signal(signal.SIGINT, signal.default_int_handler)       # a shell's background job ignores it, and so would the commands
    with tempfile.TemporaryDirectory() as tmp:
        rng = np.random.default_rng(seed)
        table = pd.DataFrame([r for name in names for r in stops(name, n, rng, Path(tmp)/name)])
    print(table.to_string(index=False))
    sys.exit(int((table[['ended','kept','tidy','equal']].ne(table.tried, axis=0)).any(axis=None)))

if __name__=='__main__': main(sys.argv[1:])
