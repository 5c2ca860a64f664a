"""Batches that are stopped at any moment, run twice at once, or meet files that are not theirs; commands with odd arguments."""
import os,shutil,signal,sys,time
from functools import partial
from pathlib import Path
import h5py, numpy as np
from fastcore.script import anno_parser
from case import Case,Error,Stops,in_child,no_leftovers,untouched
from geometry import painted
from mmpath import cli
from mmpath.wsi.batch import tile_slides
from mmpath.wsi.features import write_features

def command(f, *words):
    "Run a command of mmpath in a process of its own; status and what it said"
    def run():
        sys.argv = [f'mmpath-{f.__name__}', *map(str,words)]
        asked = vars(anno_parser(f.__wrapped__).parse_args(sys.argv[1:]))
        f.__wrapped__(**{k:v for k,v in asked.items() if k not in ('pdb','xtra')})
    return in_child(run)

def slides(folder, n=8, cells=6):
    "A folder of slides that are alike"
    first = painted(folder, 's0.svs', cells=cells, cell=128)
    (folder/'in').mkdir(exist_ok=True)
    for i in range(n): shutil.copy(first, folder/'in'/f's{i}.svs')
    first.unlink()
    return folder/'in'

def tile(folder, out='out', **kw): return tile_slides(folder/'in', folder/out, **(dict(tile_px=32, workers=0, progress=False)|kw))

def places(folder):
    "File of a slide -> its places"
    found = {}
    for p in sorted(folder.rglob('*_patches.h5')):
        with h5py.File(p) as f: found[p.name] = f['coords'][:].tolist()
    return found

def _gone(group, patience=5.):
    "Whether all processes of a group have ended"
    end = time.monotonic()+patience
    while time.monotonic()<end:
        try: os.killpg(group, 0)
        except ProcessLookupError: return True
        time.sleep(.05)
    os.killpg(group, signal.SIGKILL)
    return False

def _begin(f):
    "Start `f` in a process that leads a group of its own; it says nothing"
    pid = os.fork()
    if pid: return pid
    os.setsid()
    for fd in (1,2): os.dup2(os.open(os.devnull, os.O_WRONLY), fd)
    code = 1
    try:
        f()
        code = 0
    except SystemExit as e: code = e.code if isinstance(e.code,int) else 1
    except KeyboardInterrupt: code = 130
    finally: os._exit(code)

def _stopped(how, done, workers, folder):
    "A batch that gets a signal when some files are done; then run again"
    slides(folder)
    tile(folder, 'whole')
    signal.signal(signal.SIGINT, signal.default_int_handler)
    pid = _begin(lambda: tile(folder, workers=workers))
    end = time.monotonic()+20
    while (not (folder/'out').exists() or len(places_there(folder/'out'))<done) and time.monotonic()<end: time.sleep(.002)
    os.kill(pid, how)
    os.waitpid(pid, 0)
    alone = _gone(pid)
    if how!=signal.SIGKILL: no_leftovers(folder/'out')
    status = tile(folder)
    no_leftovers(folder/'out')
    return alone,list(status.state),places(folder/'out')==places(folder/'whole')

def places_there(folder): return list(folder.rglob('*_patches.h5')) if folder.exists() else []

def _as_undisturbed(got): return got==(True,['done']*8,True)

def _twice(folder):
    "Two batches at once into one folder"
    slides(folder)
    tile(folder, 'whole')
    both = [_begin(lambda: tile(folder, workers=1)) for _ in range(2)]
    ends = [os.waitstatus_to_exitcode(os.waitpid(p,0)[1]) for p in both]
    no_leftovers(folder/'out')
    return ends,places(folder/'out')==places(folder/'whole')

def _fatal(folder):
    "A slide that ends the process which reads it"
    import mmpath.wsi.jobs as jobs
    slides(folder, 4)
    known = jobs.Slide
    def deadly(path, mpp=None): return os._exit(9) if 's2' in str(path) else known(path, mpp)
    jobs.Slide = deadly
    try: return tile(folder, workers=2)
    finally: jobs.Slide = known

def _second(change, folder, **kw):
    "The status of a second run, after a change to the folder of the first"
    slides(folder, 2, 2)
    first = tile(folder)
    change(folder, [Path(o) for o in first.file])
    return tile(folder, **kw)

def _cut(p): p.write_bytes(p.read_bytes()[:len(p.read_bytes())//2])

def _foreign(folder, **kw):
    "A file of somebody else lies where ours is to go"
    slides(folder, 1, 2)
    path = folder/'out'/'20x_32px_0px_overlap'/'patches'/'s0_patches.h5'
    path.parent.mkdir(parents=True)
    with h5py.File(path, 'w') as f: f['coords'] = np.zeros((3,2))
    with untouched(path): return tile(folder, **kw)

def _batches():
    for name in ('SIGTERM','SIGINT','SIGHUP','SIGKILL'):
        for done,workers in ((0,2),(1,1),(3,2)):
            yield Case('processes', f'{name} when {done} are done, {workers} workers',
                partial(_stopped, getattr(signal,name), done, workers), _as_undisturbed)
    yield Case('processes', 'two runs at once', _twice, lambda got: got==([0,0],True))
    yield Case('processes', 'a slide that ends its worker', _fatal, lambda t: list(t.state)==['done','done','failed',
        'done'] and 'died' in t.reason[2])
    def again(name, change, right, **kw): return Case('processes', f'again: {name}', partial(_second, change, **kw), right)
    yield again('nothing changed', lambda f,o: None, lambda t: list(t.reused)==[True,True])
    yield again('a file cut off', lambda f,o: _cut(o[0]), lambda t: list(t.reused)==[False,True] and list(t.state)==['done']*2)
    yield again('an empty file', lambda f,o: o[0].write_bytes(b''), lambda t: list(t.reused)==[False,
        True] and list(t.state)==['done']*2)
    yield again('a text file', lambda f,o: o[0].write_text('hello'), lambda t: list(t.reused)==[False,
        True] and list(t.state)==['done']*2)
    yield again('a folder instead of a file', lambda f,o: (o[0].unlink(), o[0].mkdir()),
        lambda t: t.state[0]=='failed' and 's0' in t.reason[0] and t.state[1]=='done')
    yield again('another slide of that name', lambda f,o: painted(f/'in', 's0.svs', cells=5),
        lambda t: list(t.reused)==[False,True] and t.tiles[0]!=t.tiles[1])
    yield again('another size of tiles', lambda f,o: None, lambda t: list(t.reused)==[False,False], tile_px=48)
    yield again('another share of tissue', lambda f,o: None, lambda t: list(t.reused)==[False,False], min_tissue=.2)
    yield again('a slide gone', lambda f,o: (f/'in'/'s0.svs').unlink(), lambda t: len(t)==1)
    yield again('the status broken', lambda f,o: (o[0].parent/'status.csv').write_bytes(b'\0\xff'),
        lambda t: list(t.reused)==[True,True])
    yield again('a half written file of a dead run', lambda f,o: (o[0].parent/'.x.999999.tmp.h5').write_bytes(b'x'),
        lambda t: list(t.reused)==[True,True])
    yield Case('processes', 'a file of somebody else', _foreign,
        lambda t: t.state[0]=='failed' and 's0_patches.h5' in t.reason[0] and 'overwrite=True' in t.reason[0])
    for v in (-1,1.5,'2',True):
        yield Case('processes', f'workers {v!r}', lambda f,v=v: (slides(f,1,2), tile(f, workers=v))[1], Error('workers'))
    yield Case('processes', 'a method', lambda f: (slides(f,1,2), tile(f, method='magic'))[1], Error('method', 'otsu'))
    yield Case('processes', 'coarse that does not fit', lambda f: (slides(f,1,2), tile(f, coarse=.7))[1],
        lambda t: t.state[0]=='failed' and 'multiple' in t.reason[0])
    yield Case('processes', 'coarse and overlap', lambda f: (slides(f,1,2), tile(f, coarse=1., overlap=8))[1],
        Error('coarse', 'leave overlap'))
    yield Case('processes', 'an empty folder', lambda f: ((f/'in').mkdir(), tile(f))[1], Error('in', 'holds no slides'))
    yield Case('processes', 'no folder', lambda f: tile(f), Error('in', 'is not there'))

def _tiled(*words, make=None):
    "mmpath-tile on two slides"
    def do(folder):
        slides(folder, 2, 2)
        if make: make(folder)
        return command(cli.tile, *[str(w).replace('{f}', str(folder)) for w in words])
    return do

def _fine(*words): return lambda got: got[0]==0 and all(w in got[1] for w in words)

def _doctored(name, content, *more):
    "mmpath-doctor on a file"
    def do(folder):
        path = folder/name
        if callable(content): content(path)
        elif content is not None: path.write_bytes(content)
        return command(cli.doctor, path, *more)
    return do

def _commands():
    small = ['--tile-px','32','--workers','0']
    yield Case('processes', 'mmpath-tile: as it should be', _tiled('in','out',*small), _fine('2 done of 2'))
    yield Case('processes', 'mmpath-tile: a table', _tiled('t.csv','out',*small,
        make=lambda f: (f/'t.csv').write_text('slide\nin/s0.svs\n')), _fine('1 done of 1'))
    yield Case('processes', 'mmpath-tile: one bad of two', _tiled('in','out',*small,
        make=lambda f: (f/'in'/'bad.svs').write_bytes(b'')), Stops('bad.svs', 'download', '2 done'))
    for name,words,said in (('no arguments',[],['slides']), ('one argument',['in'],['out']),
        ('no folder',['gone','out'],['gone','not there']), ('a word for tile_px',['in','out','--tile-px','big'],
        ['tile-px','big']), ('tile_px 0',['in','out','--tile-px','0'],['tile_px=0']),
        ('negative mpp',['in','out','--mpp','-1'],['mpp=-1']),
        ('mpp nan',['in','out','--mpp','nan'],['mpp=nan']), ('overlap of a tile',['in','out','--overlap','256'],
        ['overlap=256']), ('min_tissue 2',['in','out','--min-tissue','2'],['min_tissue=2']),
        ('a method',['in','out','--method','magic'],['magic','otsu']),
        ('an unknown option',['in','out','--size','5'],['--size']), ('workers -1',['in','out','--workers','-1'],['workers=-1']),
        ('max_tiles 0',['in','out','--max-tiles','0'],['max_tiles=0']),
        ('no scheduler',['in','out','--scheduler','tcp://127.0.0.1:1'],['scheduler',('dask','distributed')]),
        ('out is a slide',['in','in/s0.svs',*small],['s0.svs','another']),
        ('out in /proc',['in','/proc/x',*small],['/proc/x','another']),
        ('a slide table without slides',['t.csv','out',*small],['t.csv',"'slide'"]),
        ('an empty table',['e.csv','out'],['e.csv','empty'])):
        make = lambda f: ((f/'t.csv').write_text('a,b\n1,2\n'), (f/'e.csv').write_text(''))
        yield Case('processes', f'mmpath-tile: {name}', _tiled(*words, make=make), Stops(*said))
    good = lambda p: write_features(p, np.eye(4,dtype=np.float32), np.arange(8).reshape(4,2)*256, patch_size=256, mpp=.5)
    yield Case('processes', 'mmpath-doctor: features', _doctored('P1.h5', good), _fine('4 tiles x 4 features'))
    table = b'case_id,age,sex,os_days,os_event\n'+b''.join(b'P%02d,%d,m,%d,%d\n'%(i,50+i,100+i,i%2) for i in range(12))
    yield Case('processes', 'mmpath-doctor: a table', _doctored('t.csv', table), _fine('a clinical table'))
    def zeros(n): return bytes(n)
    for name,file,content,said in (('nothing there','gone.csv',None,['gone.csv','not there']),
        ('an empty table','t.csv',b'',['t.csv','empty']), ('a web page','t.csv',b'<html>',['t.csv','downloaded']),
        ('a ragged table','t.csv',b'a,b\n1,2\n1,2,3,4\n',['t.csv','line 3']),
        ('empty features','P1.h5',b'',['P1.h5','extract']), ('a text as features','P1.pt',b'hello',
        ['P1.pt','cut off']), ('features of another name','P1.h5',lambda p: h5py.File(p,'w').create_dataset('x',
        data=[1]).file.close(),['P1.h5','features']),
        ('an empty folder','d',lambda p: p.mkdir(),['nothing that mmpath reads']),
        ('an empty slide','s.svs',b'',['s.svs','download']), ('noise as a slide','s.ndpi',zeros(999),['s.ndpi']),
        ('another kind','x.docx',b'PK\3\4',['x.docx']), ('a link to nowhere','t.csv',lambda p: p.symlink_to('gone'),
        ['t.csv']), ('words among days','t.csv',table.replace(b'100',b'long'),['os_days','long']),
        ('R events','t.csv',b'case_id,age,sex,os_days,os_event\na,1,m,5,1\nb,2,f,6,2\n',['os_event','subtract 1']),
        ('leaking folds','f.csv',b'fold,split,case_id\n0,train,a\n0,test,a\n0,train,b\n',['both sides','a']),
        ('an empty parquet','t.parquet',b'',['t.parquet','complete']),
        ('a group as features','P1.h5',lambda p: h5py.File(p,'w').create_group('features').file.close(),
        ['P1.h5','group']), ('a broken file among others','d',lambda p: (p.mkdir(), good(p/'P1.h5'),
        (p/'P2.h5').write_bytes(b'')),['P2.h5','extract']), ('an empty status among others','d',
        lambda p: (p.mkdir(), good(p/'P1.h5'), (p/'status.csv').write_bytes(b'')),['status.csv','empty']),
        ('contradicting rows','t.csv',table+b'P00,99,m,100,0\n',['age','contradict']),
        ('a pipe','p.csv',lambda p: os.mkfifo(p),['p.csv']), ('a zip','P1.h5',b'PK\3\4'+bytes(99),['P1.h5'])):
        yield Case('processes', f'mmpath-doctor: {name}', _doctored(file, content), Stops(*said))
    yield Case('processes', 'mmpath-doctor: no argument', lambda f: command(cli.doctor), Stops('path'))
    yield Case('processes', 'mmpath-doctor: mpp of a word', lambda f: command(cli.doctor, 'x.svs', '--mpp', 'big'),
        Stops('mpp', 'big'))
    yield Case('processes', 'mmpath-doctor: mpp 0',
        lambda f: (painted(f), command(cli.doctor, 's.svs', '--mpp', '0'))[1], Stops('s.svs', 'mpp'))
    for name,words,said in (('no cohort named',['--data','{f}'],['--cohort']),
        ('no such cohort',['--data','{f}','--cohort','zz'],['zz']),
        ('no such folder',['--data','gone','--cohort','zz'],['gone']),
        ('no such endpoint',['--cases','40','--endpoint','PFS'],['PFS']),
        ('a query',['--data','{f}','--cohort','zz','--query','@x'],['zz']), ('cases 0',['--cases','0'],['cases']),
        ('cases of a word',['--cases','many'],['cases','many'])):
        yield Case('processes', f'mmpath-demo: {name}', lambda f,w=words: command(cli.demo,
            *[o.replace('{f}',str(f)) for o in w]), Stops(*said))
    for name,words,said in (('an unknown encoder',['in','out','--encoder','magic','--workers','0'],['magic']),
        ('no weights',['in','out','--encoder','uni','--weights','gone','--workers','0'],['gone']),
        ('batch_size 0',['in','out','--batch-size','0'],['batch_size=0']),
        ('readers -1',['in','out','--readers','-1'],['readers=-1']),
        ('another resolution',['in','out','--mpp','2','--tile-px','32','--workers','0','--encoder','stain'],['mpp'])):
        yield Case('processes', f'mmpath-embed: {name}', lambda f,w=words: (slides(f,1,2), command(cli.embed, *w))[1], Stops(*said))

def cases():
    yield from _batches()
    yield from _commands()
