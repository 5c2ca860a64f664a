"""Disks that are full, folders that may not be written to, files that may not be read: an older file stays as it was."""
import ctypes,os,resource,sys
from functools import partial
import numpy as np, pandas as pd
from case import Case,Stops,in_child,is_ours,no_leftovers,untouched
from geometry import painted
from mmpath.core import atomic_write
from mmpath.data.cohort import read_clinical
from mmpath.data.splits import Fold,Splits,read_splits,write_splits
from mmpath.data.synth import planted_cohort,write_cohort
from mmpath.evaluate.cross import cross_validate
from mmpath.evaluate.rows import clinical_row
from mmpath.plots import kaplan_meier,save_figure
from mmpath.rna.expression import read_expression
from mmpath.rna.genesets import GeneSets,write_gmt
from mmpath.wsi.batch import tile_slides
from mmpath.wsi.features import read_features,write_features
from mmpath.wsi.paint import synth_slide
from mmpath.wsi.slide import Slide,find_slides
from mmpath.wsi.store import FolderStore

rng = np.random.default_rng(0)
feats,places = rng.normal(size=(500,64)).astype(np.float32),np.arange(1000).reshape(500,2)
folds = Splits([Fold(k, [f'c{i:05d}' for i in range(3000) if i%2!=k], [f'c{i:05d}' for i in range(3000) if i%2==k]) for k in (0,1)])
small = Splits([Fold(0, ['a'], ['b']), Fold(1, ['b'], ['a'])])
_km = []
def _figure():
    if not _km: _km.append(kaplan_meier(list(range(1,101)), [0,1]*50, ['a','b']*50))
    return _km[0]

# name -> file, what writes it well, what writes it too large
writers = {
    'features': ('P1.h5', lambda p: write_features(p, feats[:2], places[:2]), lambda p: write_features(p, feats, places)),
    'folds': ('f.csv', lambda p: write_splits(small, p), lambda p: write_splits(folds, p)),
    'folds, gz': ('f.csv.gz', lambda p: write_splits(small, p), lambda p: write_splits(folds, p)),
    'a figure': ('k.html', lambda p: p.write_text('old'), lambda p: save_figure(_figure(), p)),
    'gene sets': ('g.gmt', lambda p: write_gmt(GeneSets({'a':['TP53']}), p),
    lambda p: write_gmt(GeneSets({'a':[f'G{i:06d}' for i in range(5000)]}), p)),
    'a slide': ('s.svs', lambda p: p.write_text('old'), lambda p: synth_slide(p, np.zeros((4,4),int), cell_px=128, tile_px=64)),
    'a table by atomic_write': ('t.csv', lambda p: p.write_text('old'), lambda p: _atomic(p))}

def _atomic(path):
    with atomic_write(path) as tmp: tmp.write_bytes(bytes(100_000))

def _tell(f, *args):
    "Call `f`; a plain error that mmpath raises is said in a line, any other with its traceback"
    try: f(*args)
    except Exception as e:
        if not is_ours(e): raise
        print(f'{type(e).__name__}: {e}')
        sys.exit(1)

def _full(first, write, name, folder, room=10_000):
    "Write over an older file on a disk without room"
    path = folder/name
    first(path)
    _figure()
    with untouched(path): got = in_child(_tell, write, path, limits={resource.RLIMIT_FSIZE:room})
    no_leftovers(folder)
    return got

def may_little():
    "Give up root's right to pass by the rights of files (Linux), whatever else it may read"
    if os.getuid()==0:
        libc,past_rights = ctypes.CDLL(None, use_errno=True),0b111 # override, search, owner
        header = (ctypes.c_uint32*2)(0x20080522, 0)
        rights = (ctypes.c_uint32*6)()                 # effective, permitted, inheritable: low words, then high
        if libc.capget(header, rights): raise OSError(ctypes.get_errno(), 'capget')
        for i in range(3): rights[i] &= ~(past_rights<<1)
        for right in (1,2,3): libc.prctl(24, right, 0, 0, 0) # what is started from here has none of them either
        if libc.capset(header, rights): raise OSError(ctypes.get_errno(), 'capset')

def _forbidden(prepare, act, folder):
    "Do something as a user without the right to"
    prepare(folder)
    def do():
        may_little()
        os.chdir('/')
        act(folder)
    return in_child(_tell, do)

def _shut(path, mode=0o000):
    "Take the right to a file or folder away"
    path.chmod(mode)

def _file(name, content):
    "What makes a file that nobody may read"
    def prepare(folder):
        path = folder/name
        content(path) if callable(content) else path.write_bytes(content)
        _shut(path)
    return prepare

table = b'case_id,age\na,1\nb,2\n'
readers = {
    'clinical': (_file('t.csv', table), lambda f: read_clinical(f/'t.csv'), ['t.csv']),
    'parquet': (_file('t.parquet', lambda p: pd.DataFrame(dict(case_id=['a'])).to_parquet(p)),
    lambda f: read_clinical(f/'t.parquet'), ['t.parquet']),
    'expression': (_file('t.csv', table), lambda f: read_expression(f/'t.csv'), ['t.csv']),
    'folds': (_file('t.csv', table), lambda f: read_splits(f/'t.csv'), ['t.csv']),
    'features': (_file('P1.h5', lambda p: write_features(p, feats[:2], places[:2])),
    lambda f: read_features(f/'P1.h5'), ['P1.h5','right']), 'tensor': (_file('P1.pt', b'x'),
    lambda f: read_features(f/'P1.pt'), ['P1.pt','right']),
    'a slide': (_file('s.svs', lambda p: painted(p.parent)), lambda f: Slide(f/'s.svs'), ['s.svs','right']),
    'a folder of features': (_file('d', lambda p: (p.mkdir(), write_features(p/'P1.h5', feats[:2], places[:2]))),
    lambda f: FolderStore(f/'d'), [('d','P1')]),
    'a table in a shut folder': (_file('d', lambda p: (p.mkdir(), (p/'t.csv').write_bytes(table))),
    lambda f: read_clinical(f/'d'/'t.csv'), ['t.csv']),
    'a feature file in a shut folder': (_file('d',
    lambda p: (p.mkdir(), write_features(p/'P1.h5', feats[:2], places[:2]))), lambda f: read_features(f/'d'/'P1.h5'), ['P1.h5']),
    'a slide in a shut folder': (_file('d', lambda p: (p.mkdir(), painted(p))), lambda f: Slide(f/'d'/'s.svs'), ['s.svs','right'])}

def _no_room(folder, room):
    "A batch on a full disk: what it printed"
    slides = folder/'in'
    slides.mkdir()
    painted(slides, 'a.svs'), painted(slides, 'b.svs')
    def do():
        t = tile_slides(slides, folder/'out', tile_px=32, workers=0, progress=False)
        for r in t.itertuples(): print(f'{r.slide} {r.state}: {r.reason}')
        sys.exit(1 if (t.state=='failed').any() else 0)
    got = in_child(do, limits={resource.RLIMIT_FSIZE:room})
    if (folder/'out').exists(): no_leftovers(folder/'out')
    return got

def _cohort(): return planted_cohort(60, n_tiles=(4,6)).cohort

def _parts(folder, room):
    "A cross-validation whose parts do not fit on the disk"
    c = _cohort()
    got = in_child(_tell, lambda: cross_validate(c, 'OS', rows=[clinical_row()], n_folds=2, n_boot=20,
        path=folder/'parts'), limits={resource.RLIMIT_FSIZE:room})
    no_leftovers(folder)
    return got

def _saved(folder, room):
    "A table of results that does not fit over its older one"
    r = cross_validate(_cohort(), 'OS', rows=[clinical_row()], n_folds=2, n_boot=20)
    path = folder/'results.csv'
    path.write_text('old')
    with untouched(path): got = in_child(_tell, r.save, path, limits={resource.RLIMIT_FSIZE:room})
    no_leftovers(folder)
    return got

def cases():
    for name,(file,first,write) in writers.items():
        yield Case('disks', f'full: {name}', partial(_full, first, write, file), Stops(file, ('room','space')))
        yield Case('disks', f'a folder of that name: {name}', lambda f,n=file,
            w=write: ((f/n).mkdir(), in_child(_tell, w, f/n))[1], Stops(file))
        yield Case('disks', f'a file where the folder should be: {name}', lambda f,n=file,
            w=write: ((f/'d').write_text('x'), in_child(_tell, w, f/'d'/n))[1], Stops(('d',file)))
        yield Case('disks', f'no right to write: {name}', partial(_forbidden, lambda f: (f/'d').mkdir(mode=0o555),
            lambda f,n=file,w=write: w(f/'d'/n)), Stops(file, ('written','right','permission')))
        yield Case('disks', f'as it should be: {name}', lambda f,n=file,w=write: in_child(_tell, w, f/n), lambda got: got[0]==0)
    for name,(prepare,act,words) in readers.items():
        yield Case('disks', f'no right to read: {name}', partial(_forbidden, prepare, act), Stops(*words))
    yield Case('disks', 'full: a batch of slides', partial(_no_room, room=300), Stops('a failed', 'room'))
    yield Case('disks', 'full: parts', partial(_parts, room=500), Stops(('parts','clinical'), ('room','space')))
    yield Case('disks', 'full: results', partial(_saved, room=50), Stops('results.csv', ('room','space')))
    yield Case('disks', 'full: a cohort', lambda f: in_child(_tell, write_cohort, planted_cohort(30, n_tiles=(4,6)),
        f/'c', limits={resource.RLIMIT_FSIZE:3000}), Stops(('room','space')))
    yield Case('disks', 'no right: the output of a batch',
        partial(_forbidden, lambda f: ((f/'in').mkdir(mode=0o755), painted(f/'in'), (f/'d').mkdir(mode=0o555)),
        lambda f: tile_slides(f/'in', f/'d'/'out', tile_px=32, workers=0, progress=False)), Stops('out', 'another'))
    yield Case('disks', 'no right: slides of a shut folder',
        partial(_forbidden, lambda f: ((f/'in').mkdir(), (f/'in'/'shut').mkdir(mode=0)),
        lambda f: print(find_slides(f/'in'))), lambda got: got[0]==0 and 'shut' in got[1])
