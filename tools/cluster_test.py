"""A cluster of real processes: `python tools/cluster_test.py`.

    python tools/cluster_test.py            # all checks, a minute or two
    python tools/cluster_test.py --prove    # plant faults on purpose: each must be found

A Dask scheduler and two workers run on 127.0.0.1, the workers in folders of their own. Slides are encoded and rows cross-validated,
by paths that count from the folder of this process; each time one worker is killed (-9) in the middle. What comes out has to be what
one process gives, byte by byte. Then a slide that kills every worker it meets, a disk that workers do not share, and no worker at all.

A disk of its own is had from `/proc/self/cwd`, which is another folder in every process."""
import argparse,contextlib,os,shutil,signal,subprocess,sys,tempfile,threading,time,warnings
from pathlib import Path

root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))
warnings.filterwarnings('ignore')
import numpy as np, pandas as pd, torch  # noqa: E402
from mmpath import cluster  # noqa: E402
from mmpath.data.synth import planted_cohort  # noqa: E402
from mmpath.evaluate.cross import cross_validate  # noqa: E402
from mmpath.evaluate.rows import Row,clinical_row,linear_row  # noqa: E402
from mmpath.wsi import batch,jobs  # noqa: E402
from mmpath.wsi.batch import embed_slides  # noqa: E402
from mmpath.wsi.encoders import Encoder  # noqa: E402
from mmpath.wsi.features import write_features  # noqa: E402
from mmpath.wsi.paint import synth_slide  # noqa: E402
from mmpath.wsi.store import FolderStore  # noqa: E402
torch.set_num_threads(1)

slow_s = .4                                      # seconds a slide takes, so that a worker can be killed in the middle
features = Path('20x_256px_0px_overlap')/'features_mean'

# --- processes

class Cluster:
    "A scheduler and its workers, each a process that is known by its number"
    def __init__(self, folder):
        self.folder,self.workers,self.n = folder,[],0
        self.scheduler = self._start('dask_scheduler', folder, '--host','127.0.0.1','--port','0','--no-dashboard')
    def _start(self, what, cwd, *words):
        self.n += 1
        log = open(self.folder/f'{self.n}-{what}.log', 'w')
        words = [sys.executable,'-m',f'distributed.cli.{what}',*words,'--scheduler-file',str(self.folder/'scheduler.json')]
        env = os.environ|dict(PYTHONPATH=str(root), OMP_NUM_THREADS='1')
        return subprocess.Popen(words, cwd=cwd, env=env, stdout=log, stderr=log)
    def fill(self, n=2):
        "Start workers until there are `n`"
        self.workers = [w for w in self.workers if w.poll() is None]
        while len(self.workers)<n:
            home = self.folder/f'worker{self.n}'
            home.mkdir()
            how = ('--nthreads','1','--no-nanny','--no-dashboard','--host','127.0.0.1')
            self.workers.append(self._start('dask_worker', home, *how))
        wait_for((self.folder/'scheduler.json').exists)
        from distributed import Client
        with Client(scheduler_file=str(self.folder/'scheduler.json')) as c:
            c.wait_for_workers(n, timeout=120)
            self.address = c.scheduler.address
    @contextlib.contextmanager
    def one_killed(self, ready):
        "Inside, a worker is killed as soon as something holds"
        over = threading.Event()
        def kill():
            while not over.wait(.02):
                if ready(): return self.workers[-1].kill()
        t = threading.Thread(target=kill, daemon=True)
        t.start()
        try: yield
        finally:
            over.set()
            t.join()
    def homes(self): return [o for o in self.folder.glob('worker*')]
    def close(self):
        for p in (*self.workers,self.scheduler): p.terminate()
        for p in (*self.workers,self.scheduler):
            try: p.wait(20)
            except subprocess.TimeoutExpired:                       # a busy machine: what was to be seen has been seen
                p.kill()
                p.wait()

def wait_for(ready, seconds=60):
    end = time.monotonic()+seconds
    while not ready():
        if time.monotonic()>end: raise TimeoutError('what was waited for did not come')
        time.sleep(.02)

# --- what is done there

class Mean(Encoder):
    "The mean colour, slowly"
    def _encode(self, tiles, amp):
        time.sleep(slow_s)
        return tiles.float().mean((1,2))

class Deadly(Encoder):
    "Kills its process where it sees lymphoid tissue (much green light passes)"
    def _encode(self, tiles, amp):
        if tiles[...,1].float().mean()>145: os.kill(os.getpid(), signal.SIGKILL)
        return tiles.float().mean((1,2))

def unhurried(job):
    "A row that takes its time: older patients are at higher risk"
    time.sleep(slow_s)
    return job.cohort.clinical.loc[job.fold.test,['age']].set_axis(['risk'], axis=1),None

def paint(n=6):
    for i in range(n): synth_slide(f'slides/s{i}.svs', np.full((2,2), i%4), warp=0, downsamples=(1,4), seed=i)

def embed(out, encoder=None, slides='slides', **kwargs):
    how = dict(workers=0, progress=False, pictures=False, device='cpu')
    with contextlib.redirect_stderr(None): return embed_slides(slides, out, encoder or Mean('mean',3), **how|kwargs)

def here(out): return {o.name:o.read_bytes() for o in (Path(out)/features).glob('*.h5')}

def told(status): return status[['slide','state','tiles','reason']].values.tolist()

def validate(**kwargs):
    "Three rows in three folds; the bag's files are named from here"
    if not Path('feats').exists():
        for case,slides in planted.cohort.bags['20x'].slides.items():
            for s in slides: write_features(f'feats/{s}.h5', *planted.cohort.bags['20x'].read(s))
    co = planted.cohort.with_(bags={'20x':FolderStore('feats', case_of=lambda s: s[:7])})
    rows = [clinical_row(), linear_row(['slide']), Row('age', ['clin'], unhurried)]
    with contextlib.redirect_stderr(None),contextlib.redirect_stdout(None):
        return cross_validate(co, 'OS', rows=rows, n_folds=3, seeds=(0,1), n_boot=50, **kwargs)

# --- checks: what is wrong, line by line

def check_slides(c):
    "Relative paths, and a worker that is killed"
    c.fill()
    with c.one_killed(lambda: len(here('far'))>=2): status = embed('far', scheduler=c.address)
    if all(w.poll() is None for w in c.workers): yield 'no worker was killed'
    if here('far')!=here('near'): yield 'the files are not those of one process'
    if told(status)!=told(near): yield f'the status is another one: {told(status)}'
    if told(pd.read_csv(Path('far')/features/'status.csv').fillna(dict(reason='')))!=told(near): yield 'status.csv is another one'
    if stray := [str(o) for d in c.homes() for o in d.rglob('*.h5')]: yield f'files lie with the workers: {stray}'
    if left := [str(o) for o in Path('far').rglob('.*')]: yield f'half-written files: {left}'

def check_rows(c):
    "The same for rows in folds"
    c.fill()
    with c.one_killed(lambda: len(list(Path('parts').glob('*.parquet')))>=4): r = validate(scheduler=c.address, path='parts')
    if all(w.poll() is None for w in c.workers): yield 'no worker was killed'
    if not r.table.equals(alone.table): yield 'the table is not that of one process'
    if not r.preds.equals(alone.preds): yield 'the predictions are not those of one process'
    if len(list(Path('parts').glob('[!.]*.parquet')))!=18: yield 'not all parts are kept'

def check_apart(c):
    "No disk in common: told, or the files come back"
    c.fill()
    own = '/proc/self/cwd/own'
    if not Path(own).parent.exists(): return
    lost = embed(own, scheduler=c.address)
    if set(lost.state)!={'failed'} or 'is not here' not in lost.reason[0]: yield f'files that are not here are believed: {told(lost)}'
    status = embed(own, scheduler=c.address, return_files=True)
    if told(status)!=told(near): yield f'the status is another one: {told(status)}'
    if here('own')!=here('near'): yield 'the files that came back are others'

def check_deadly(c):
    "A slide that kills its worker fails alone; then there is no worker left"
    c.fill()
    s = embed('deadly', Deadly('mean',3), slides='mixed', scheduler=c.address).set_index('slide')
    if s.state.to_dict()!=dict(a='done', b='done', lymph='failed', z='done'): yield f'the states are {s.state.to_dict()}'
    if 'two Dask workers died at it' not in s.reason['lymph']: yield f'the reason is {s.reason["lymph"]!r}'
    start = time.monotonic()
    rows = list(jobs.dask_rows([dict(name='a', path='a')], c.address, patience=2))
    if 'no Dask worker was there for 2 s' not in rows[0]['reason']: yield f'nothing is said of a cluster without workers: {rows}'
    if time.monotonic()-start>20: yield 'a cluster without workers is waited for too long'

# --- faults on purpose

@contextlib.contextmanager
def instead(where, name, new):
    was = getattr(where, name)
    setattr(where, name, new)
    try: yield
    finally: setattr(where, name, was)

@contextlib.contextmanager
def relative_out():
    "The output folder travels as it was typed, and a worker is believed"
    made = batch._Plan.__init__
    def init(self, out, *args, **kwargs):
        made(self, out, *args, **kwargs)
        self.folder = Path(out)/self.folder.name
    with instead(batch._Plan, '__init__', init),believed(): yield

def believed():
    "What a worker says is believed"
    return instead(jobs._Sight, '__call__', lambda self, row: row)

@contextlib.contextmanager
def relative_bags():
    "Paths inside a cohort travel as they were typed"
    import cloudpickle
    def packer(file, arrays): return cloudpickle.Pickler(file, protocol=5, buffer_callback=arrays.append)
    with instead(cluster, '_packer', packer): yield

@contextlib.contextmanager
def no_second_try():
    "A job whose worker is gone is given up"
    def lost(self, seat): yield self._answer(self._freed(seat), error=cluster.WorkerDied('gone'))
    with instead(cluster._Dealer, '_lost', lost): yield

faults = {'a relative output folder':(relative_out,check_slides), 'relative paths in a cohort':(relative_bags,check_rows),
    'an innocent slide is given up':(no_second_try,check_slides), 'a worker is believed':(believed,check_apart)}
checks = {'slides, one worker killed':check_slides, 'rows, one worker killed':check_rows, 'no shared disk':check_apart,
    'a deadly slide, no worker left':check_deadly}

def found(check, c):
    "What is wrong; an error is wrong as well"
    try: return list(check(c))
    except Exception as e: return [f'{type(e).__name__}: {e}']

def clean():
    "Take away what an earlier check left"
    for o in ('far','parts','own','deadly'): shutil.rmtree(o, ignore_errors=True)

def run(c):
    "All checks; whether each is right"
    for name,check in checks.items():
        clean()
        wrong = found(check, c)
        print(f'{name}: {"right" if not wrong else "WRONG: " + "; ".join(wrong)}', flush=True)
        yield not wrong

def prove(c):
    "All faults; whether each is found"
    for name,(fault,check) in faults.items():
        clean()
        with fault(): wrong = found(check, c)
        print(f'{name}: {"found, " + wrong[0][:110] if wrong else "NOT FOUND"}', flush=True)
        yield bool(wrong)

if __name__=='__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--prove', action='store_true', help='plant faults: each must be found')
    what = prove if parser.parse_args().prove else run
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as d,contextlib.chdir(d):
        c = Cluster(Path(d))
        try:
            planted = planted_cohort(60, seed=1, n_tiles=(4,6), d=8, n_genes=30)
            paint()
            for nm,k in (('a',3),('b',0),('lymph',4),('z',3)): synth_slide(f'mixed/{nm}.svs', np.full((2,2), k), warp=0, downsamples=(1,4))
            near,alone = embed('near'),validate()
            bad = [*what(c)].count(False)
        finally: c.close()
    print(f'{time.monotonic()-start:.0f} s')
    sys.exit(f'{bad} did not hold' if bad else 0)
