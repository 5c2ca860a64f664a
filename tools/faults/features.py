"""Feature files as peers write them, and as they should not be; folders of them."""
import io,os,pickle,zipfile
from functools import partial
import h5py, numpy as np, torch
from case import Case,Error,Lost,Unsafe,no_leftovers
from mmpath.wsi.features import check_features,feature_head,read_features,write_features
from mmpath.wsi.store import FolderStore,MemoryStore

rng = np.random.default_rng(0)
x = rng.normal(size=(6,4)).astype(np.float32)
xy = (np.stack(np.meshgrid(range(3),range(2)),-1).reshape(-1,2)*256).astype(np.int64)
nan = float('nan')

def _h5(path, data, attrs=(), on='coords'):
    "An HDF5 file of data sets (or of what a function makes of its name)"
    with h5py.File(path, 'w') as f:
        for k,v in data.items():
            if callable(v): v(f, k)
            else: f[k] = v
        if attrs: (f[on] if on in f else f).attrs.update(dict(attrs))

def _read_h5(data, folder, attrs=(), on='coords', rows=None, name='P1.h5'):
    _h5(folder/name, data, attrs, on)
    return read_features(folder/name, rows)

def _is(got, feats=x, coords=xy): return np.allclose(got[0], feats,
    atol=2e-3) and got[0].dtype==np.float32 and np.array_equal(got[1], coords) and got[1].dtype==np.int64

def _boxes(): return np.c_[xy, xy+256]

right = {
    'TRIDENT': (dict(features=x, coords=xy), dict(attrs=dict(patch_size=256, patch_size_level0=512))),
    'half precision': (dict(features=x.astype('f2'), coords=xy), {}),
    'double precision': (dict(features=x.astype('f8'), coords=xy), {}),
    'CLAM': (dict(features=x, coords=xy.astype('i4')), {}), 'float places': (dict(features=x, coords=xy.astype('f4')), {}),
    'boxes': (dict(features=x, coords=_boxes()), {}), 'one batch': (dict(features=x[None], coords=xy), {}),
    'big endian': (dict(features=x.astype('>f4'), coords=xy.astype('>i8')), {}),
    'packed': (dict(features=lambda f,k: f.create_dataset(k, data=x, compression='gzip', shuffle=True), coords=xy),
    {}), 'places transposed': (dict(features=x, coords=xy.T), {}),
    'chunks of a row': (dict(features=lambda f,k: f.create_dataset(k, data=x, chunks=(1,4), maxshape=(None,4)),
    coords=xy), {}), 'more data sets': (dict(features=x, coords=xy, scores=x[:,0]), {}),
    'unsigned places': (dict(features=x, coords=xy.astype('u8')), {}),
    'odd attributes': (dict(features=x, coords=xy), dict(attrs=dict(patch_size='big', patch_size_level0=[], level0_mpp=nan)))}

# what lies in the file; words of the error
bad_h5 = {
    'no data sets': ({}, ['nothing','features']), 'coordinates alone': (dict(coords=xy), ['encoder']),
    'another name': (dict(embeddings=x, coords=xy), ['embeddings',"'features'"]),
    'features is a group': (dict(features=lambda f,k: f.create_group(k)), ['group','(n, d)']),
    'a sparse group': (dict(features=lambda f,k: f.create_group(k).create_dataset('data', data=x[0])), ['group','dense']),
    'coords is a group': (dict(features=x, coords=lambda f,k: f.create_group(k)), ['coords','group']),
    'fewer places': (dict(features=x, coords=xy[:5]), ['6','5','extract']),
    'more places': (dict(features=x, coords=np.r_[xy,xy]), ['6','12','extract']),
    'places of three': (dict(features=x, coords=np.c_[xy,xy[:,0]]), ['coordinates','(n, 2)']),
    'places of one dimension': (dict(features=x, coords=xy.ravel()), ['coordinates','(n, 2)']),
    'text': (dict(features=np.array([[b'a',b'b']]*6), coords=xy), ['real numbers']),
    'text as objects': (dict(features=lambda f,k: f.create_dataset(k, data=['a','b'], dtype=h5py.string_dtype())),
    ['real numbers']), 'complex': (dict(features=x+1j, coords=xy), ['complex','real numbers']),
    'places as text': (dict(features=x, coords=np.array([[b'a',b'b']]*6)), ['coordinates','real numbers']),
    'NaN': (dict(features=np.where(x>1,nan,x), coords=xy), ['NaN','extract']),
    'infinite': (dict(features=np.where(x>1,np.inf,x), coords=xy), ['infinite','extract']),
    'half precision overflows': (dict(features=(x*1e5).astype('f4').astype('f2'), coords=xy), ['infinite','extract']),
    'beyond single precision': (dict(features=x.astype('f8')*1e300, coords=xy), ['infinite']),
    'NaN places': (dict(features=x, coords=np.where(xy>256,nan,xy)), ['coordinates','extract']),
    'places too large': (dict(features=x, coords=xy*1e20), ['coordinates','extract']),
    'four dimensions': (dict(features=x.reshape(1,1,6,4), coords=xy), ['(n, d)']),
    'two batches': (dict(features=np.stack([x,x]), coords=xy), ['(n, d)']),
    'a number': (dict(features=np.float32(1), coords=xy), ['(n, d)']),
    'a link to nowhere': (dict(features=lambda f,k: f.__setitem__(k, h5py.SoftLink('/gone'))), ['features']),
    'a link to another file': (dict(features=lambda f,k: f.__setitem__(k, h5py.ExternalLink('/etc/passwd','/x'))),
    ['another file']),
    'an empty data space': (dict(features=lambda f,k: f.create_dataset(k, data=h5py.Empty('f4')), coords=xy),
    [('(n, d)','empty','features')]), 'a compound type': (dict(features=np.zeros(6, dtype=[('a','f4'),('b','f4')])),
    ['real numbers']),
    'a huge hole': (dict(features=lambda f,k: f.create_dataset(k, shape=(10**10,1024), dtype='f4', chunks=(64,1024))),
    ['P1.h5', 'memory']), 'truth values': (dict(features=x>0, coords=xy.astype('S4')), ['real numbers']),
    'dates': (dict(features=lambda f,k: f.create_dataset(k, data=x.astype('i8').astype('S8'))), ['real numbers']),
    'references': (dict(features=lambda f,k: f.create_dataset(k, shape=(3,2), dtype=h5py.ref_dtype)), ['real numbers'])}

def _bytes(name, b, folder):
    (folder/name).write_bytes(b)
    return read_features(folder/name)

def _torch(o):
    made = io.BytesIO()
    torch.save(o, made)
    return made.getvalue()

class _Evil:
    "Runs code when it is unpickled"
    def __init__(self, path): self.path = path
    def __reduce__(self): return open,(str(self.path),'w')

def _evil(save, folder):
    "Read a file that would write outside of the folder if it ran"
    canary = folder.parent/'CANARY'
    save(folder/'P1.pt', _Evil(canary))
    try: return read_features(folder/'P1.pt')
    finally:
        if canary.exists(): raise Unsafe('code of the file ran')

right_pt = {'tensor': torch.tensor(x), 'half': torch.tensor(x).half(), 'bfloat16': torch.tensor(x).bfloat16(),
    'double': torch.tensor(x).double(), 'with gradient': torch.tensor(x, requires_grad=True), 'array': x,
    'dict': dict(features=torch.tensor(x), coords=torch.tensor(xy)),
    'dict of arrays': dict(features=x, coords=xy), 'feats': dict(feats=torch.tensor(x), coords=torch.tensor(xy)),
    'one batch': torch.tensor(x)[None], 'a view': torch.tensor(np.r_[x,x])[:6],
    'transposed view': torch.tensor(np.ascontiguousarray(x.T)).T}
bad_pt = {'a list': ([1,2], ['list','tensor']), 'text': ('hello', ['str','tensor']),
    'a dict without features': (dict(a=torch.tensor(x)), ['dict','tensor']),
    'sparse': (torch.tensor(x).to_sparse(), ['dense']), 'complex': (torch.tensor(x)+1j, ['complex']),
    'one number': (torch.tensor(1.), ['(n, d)']),
    'NaN': (torch.tensor(x)*nan, ['NaN']), 'four dimensions': (torch.tensor(x).reshape(1,1,6,4), ['(n, d)']),
    'expanded': (torch.zeros(1,1).expand(10**7,10**5), [('memory','GB')]), 'None': (None, ['tensor']),
    'a module': (torch.nn.Linear(2,2), ['numbers','torch.save']),
    'state dict': (torch.nn.Linear(2,2).state_dict(), ['tensor']),
    'fewer places': (dict(features=torch.tensor(x), coords=torch.tensor(xy[:5])), ['6','5']),
    'quantized': (torch.quantize_per_tensor(torch.tensor(x), .1, 0, torch.qint8), [('numbers','quantized')])}

good = {}
def _good_bytes():
    if not good:
        f = io.BytesIO()
        _h5(f, dict(features=np.repeat(x,99,0), coords=np.repeat(xy,99,0)))
        good['h5'],good['pt'] = f.getvalue(),_torch(torch.tensor(np.repeat(x,99,0)))
    return good

def _broken_bytes():
    h5,pt = _good_bytes()['h5'],_good_bytes()['pt']
    for share in (.02,.3,.6,.95):
        yield f'h5 cut at {share:.0%}',"P1.h5",h5[:int(share*len(h5))]
        yield f'pt cut at {share:.0%}',"P1.pt",pt[:int(share*len(pt))]
    for end in ('h5','pt','h5ad'):
        yield f'{end} empty',f'P1.{end}',b''
        yield f'{end} of text',f'P1.{end}',b'<html>404</html>'
        yield f'{end} of zeros',f'P1.{end}',bytes(4096)
    yield 'h5 called pt','P1.pt',h5
    yield 'pt called h5','P1.h5',pt
    yield 'npy called pt','P1.pt',b'\x93NUMPY\x01\0v\0'+bytes(200)
    yield 'zip without data','P1.pt',_zip(dict(a=b'b'))
    yield 'zip with a number','P1.pt',_zip({'archive/data.pkl':b'\x80\x02K\x01.','archive/version':b'3'})
    yield 'another ending','P1.npy',b'x'
    yield 'npz','P1.npz',_zip({'arr_0.npy':b'x'})
    yield 'csv','P1.csv',b'a,b\n1,2\n'

def _zip(parts):
    made = io.BytesIO()
    with zipfile.ZipFile(made, 'w') as z:
        for k,v in parts.items(): z.writestr(k, v)
    return made.getvalue()

def _readers():
    for name,(data,kw) in right.items(): yield Case('features', f'h5: {name}', partial(_read_h5, data, **kw), _is)
    yield Case('features', 'h5: rows in any order', partial(_read_h5, dict(features=x, coords=xy), rows=[5,0,0,3]),
        lambda got: _is(got, x[[5,0,0,3]], xy[[5,0,0,3]]))
    yield Case('features', 'h5: no rows', partial(_read_h5, dict(features=x, coords=xy), rows=[]),
        lambda got: got[0].shape==(0,4) and got[1].shape==(0,2))
    for rows in ([6],[-1],[0,99]):
        yield Case('features', f'h5: rows {rows}', partial(_read_h5, dict(features=x, coords=xy), rows=rows),
            Error('P1.h5', '6 tiles'))
    for rows in ([.5],['a'],[[0,1]],[nan]):
        yield Case('features', f'h5: odd rows {rows}', partial(_read_h5, dict(features=x, coords=xy), rows=rows),
            Error(('row','P1.h5')))
    for n in (0,):
        for shape in ((0,4),(0,),(1,0,4)):
            yield Case('features', f'h5: an empty slide {shape}',
                partial(_read_h5, dict(features=np.zeros(shape,'f4'), coords=np.zeros((0,2),int))),
                lambda got: len(got[0])==0 and len(got[1])==0)
    yield Case('features', 'h5: no places', partial(_read_h5, dict(features=x)), lambda got: _is(got, x, 0*xy))
    yield Case('features', 'h5: one tile', partial(_read_h5, dict(features=x[:1], coords=xy[:1])),
        lambda got: _is(got, x[:1], xy[:1]))
    yield Case('features', 'h5: a slide embedding', partial(_read_h5, dict(features=x[0], coords=xy)),
        lambda got: got[0].shape==(1,4))
    for name,(data,words) in bad_h5.items(): yield Case('features', f'h5: {name}', partial(_read_h5, data), Error('P1.h5', *words))
    for name,o in right_pt.items():
        has = isinstance(o,dict)
        yield Case('features', f'pt: {name}', partial(_bytes, 'P1.pt', _torch(o)), lambda got,
            h=has: np.allclose(got[0], x, atol=.02) and np.array_equal(got[1], xy if h else 0*xy))
    for name,(o,words) in bad_pt.items():
        yield Case('features', f'pt: {name}', partial(_bytes, 'P1.pt', _torch(o)), Error('P1.pt', *words))
    for name,file,b in _broken_bytes():
        yield Case('features', f'bytes: {name}', partial(_bytes, file, b),
            Error(file, ('extract','cut off','copy','name them','lie in','save it','holds','.h5')))
    yield Case('features', 'pt: code by torch.save', partial(_evil, lambda p,o: torch.save(o, p)), Error('P1.pt', 'numbers'))
    yield Case('features', 'pt: code in a dict',
        partial(_evil, lambda p,o: torch.save(dict(features=torch.tensor(x), more=o), p)), Error('P1.pt', 'numbers'))
    yield Case('features', 'pt: code by pickle', partial(_evil, lambda p,o: p.write_bytes(pickle.dumps(o))),
        Error('P1.pt', 'numbers'))
    yield Case('features', 'pt: code in an old file',
        partial(_evil, lambda p,o: torch.save(o, p, _use_new_zipfile_serialization=False)), Error('P1.pt', 'numbers'))
    yield Case('features', 'pt: an array of objects',
        partial(_evil, lambda p,o: torch.save(np.array([o,o], dtype=object), p)), Error('P1.pt', 'numbers'))

def _index(made, folder):
    "A slideflow bag beside an index"
    torch.save(torch.tensor(x), folder/'P1.pt')
    made(folder/'P1.index.npz', folder.parent/'CANARY')
    return read_features(folder/'P1.pt')

def _slideflow():
    def case(name, made, expect): return Case('features', f'slideflow: {name}', partial(_index, made), expect)
    yield case('as it should be', lambda p,_: np.savez(p, xy), _is)
    yield case('shorter', lambda p,_: np.savez(p, xy[:3]), Error('P1.pt', '6', '3'))
    yield case('another name', lambda p,_: np.savez(p, places=xy), Error('P1.index.npz', 'extract'))
    yield case('garbage', lambda p,_: p.write_bytes(b'x'*50), Error('P1.index.npz', 'extract'))
    yield case('empty', lambda p,_: p.write_bytes(b''), Error('P1.index.npz', 'extract'))
    yield case('text', lambda p,_: np.savez(p, np.array([['a','b']]*6)), Error('P1.pt', 'real numbers'))
    yield case('code', lambda p,c: np.savez(p, np.array([_Evil(c)], dtype=object)), Error('P1.index.npz', 'extract'))
    yield case('a number', lambda p,_: np.savez(p, np.int64(5)), Error('P1.pt', 'coordinates'))
    yield case('a folder', lambda p,_: p.mkdir(), Error('P1.index.npz'))

def _folder(files, folder, **kw):
    "A store of a folder of files: name -> (features, places), bytes, or what makes the file"
    for name,o in files.items():
        (folder/name).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(o,tuple): _h5(folder/name, dict(features=o[0], coords=o[1]))
        elif callable(o): o(folder/name)
        else: (folder/name).write_bytes(o)
    s = FolderStore(folder, **kw)
    return s,{c: s.read_case(c)[0].shape for c in s.slides}

def _stores():
    ok,other,empty = (x,xy),(np.c_[x,x],xy),(np.zeros((0,4),'f4'),np.zeros((0,2),int))
    def case(name, files, expect, **kw): return Case('features', f'folder: {name}', partial(_folder, files, **kw), expect)
    yield case('as it should be', {'P1.h5':ok, 'P2.h5':ok}, lambda got: got[1]=={'P1':(6,4), 'P2':(6,4)})
    yield case('nothing in it', {}, Error('work', '.h5'))
    yield case('tables alone', {'a.csv':b'x'}, Error('work', '.h5'))
    yield case('two encoders', {'P1.h5':ok, 'P2.h5':other}, Error('work', 'P1', 'P2', 'one encoder'))
    yield case('an empty slide beside', {'P1.h5':ok, 'P2.h5':empty}, lambda got: got[1]=={'P1':(6,4), 'P2':(0,4)})
    yield case('an empty slide of shape (0,)', {'P1.h5':ok, 'P2.h5':(np.zeros((0,),'f4'),empty[1])},
        lambda got: got[1]=={'P1':(6,4), 'P2':(0,4)})
    yield case('empty slides alone', {'P1.h5':(np.zeros((0,),'f4'),empty[1])}, Error('none of which has a tile'))
    yield case('one file cut off', {'P1.h5':ok, 'P2.h5':_good_bytes()['h5'][:900]}, Error('P2.h5', ('extract','copy')))
    yield case('one file of 0 bytes', {'P1.h5':ok, 'P2.h5':b''}, Error('P2.h5', 'extract'))
    yield case('a hidden file', {'P1.h5':ok, '._P1.h5':b'Mac'}, lambda got: got[1]=={'P1':(6,4)})
    yield case('a half written file', {'P1.h5':ok, '.P2.123.tmp.h5':b'x'}, lambda got: got[1]=={'P1':(6,4)})
    yield case('in h5_files', {'h5_files/P1.h5':ok, 'pt_files/P1.pt':_torch(torch.tensor(x))}, lambda got: got[1]=={'P1':(6,4)})
    yield case('in two folders', {'a/P1.h5':ok, 'b/P1.h5':ok}, Error('P1', 'a', 'b', 'one of the folders'))
    yield case('normal tissue', {'TCGA-3C-AALI-01Z-00-DX1.h5':ok, 'TCGA-3C-AALI-11A-01-TS1.h5':ok},
        lambda got: got[1]=={'TCGA-3C-AALI':(6,4)} and len(got[0].audit)==1)
    yield case('barcodes cut short', {'TCGA-3C.h5':ok}, Error('TCGA-3C', 'case_of'))
    yield case('a word for samples', {'P1.h5':ok}, Error('samples', 'tumour'), samples='normal')
    yield case('a link to nowhere', {'P1.h5':ok, 'P2.h5':lambda p: p.symlink_to('gone.h5')}, Error('P2.h5', 'link'))
    yield case('a folder called h5', {'P1.h5':ok, 'P2.h5':lambda p: p.mkdir()}, Error('P2.h5'))
    yield case('a pipe called h5', {'P1.h5':ok, 'P2.h5':lambda p: os.mkfifo(p)}, Error('P2.h5'))
    yield case('NaN in one', {'P1.h5':ok, 'P2.h5':(x*nan,xy)}, Error('P2.h5', 'NaN'))
    yield case('names in two forms of letters', {'Mu\u0308.h5':ok, 'P2.h5':ok}, lambda got: set(got[1])=={'M\u00fc','P2'})
    yield Case('features', 'folder: a file', lambda f: FolderStore(f/'x.h5'), Error('x.h5', 'folder'))
    yield Case('features', 'read: a folder', lambda f: read_features(f), Error('work', 'FolderStore'))
    yield Case('features', 'read: not there', lambda f: read_features(f/'P1.h5'), Error('P1.h5', 'not there'))
    yield Case('features', 'head: not there', lambda f: feature_head(f/'P1.h5'), Error('P1.h5', 'not there'))
    yield Case('features', 'read: a name too long', lambda f: read_features(f/('x'*400+'.h5')), Error('xxx', 'cannot be looked at'))
    yield Case('features', 'read: zarr without zarr', lambda f: ((f/'P1.zarr').mkdir(), read_features(f/'P1.zarr')),
        Error('P1.zarr', ('pip install','zarr')))
    for name,feats,places in (('sizes', {'a':x,'b':other[0]}, None), ('NaN', {'a':x*nan}, None),
        ('one dimension', {'a':x[0]}, None), ('fewer places', {'a':x}, {'a':xy[:2]}), ('no slide', {}, None),
        ('places of another', {'a':x}, {'b':xy})):
        yield Case('features', f'memory: {name}', lambda _,f=feats,p=places: MemoryStore(f, p),
            Error(('feature','a:','rows',"'a'",'slide')))
    s = MemoryStore({'a':x}, {'a':xy})
    for rows in ([6],[-1],[99]):
        yield Case('features', f'memory: rows {rows}', lambda _,r=rows: s.read_case('a', r), Error('a', '6 tiles'))
    yield Case('features', 'memory: unknown case', lambda _: s.read_case('z'), lambda got: got[0].shape==(0,4))
    yield Case('features', 'check: a list of lists', lambda _: check_features('P1', np.array([['a']])), Error('P1'))

def _writing(folder, feats=x, coords=xy, name='P1.h5', **kw):
    "Write over an older file, which stays where the new one is refused"
    old = folder/'P1.h5'
    write_features(old, x, xy)
    before = old.read_bytes()
    try: write_features(folder/name, feats, coords, **kw)
    except Exception:
        if old.read_bytes()!=before: raise Lost('the older file is no more what it was') from None
        raise
    finally: no_leftovers(folder)

def _writers():
    def case(what, expect, **kw): return Case('features', f'write: {what}', partial(_writing, **kw), expect)
    yield case('NaN', Error('P1', 'NaN'), feats=x*nan)
    yield case('fewer places', Error('P1', '6', '5'), coords=xy[:5])
    yield case('one dimension', Error('P1', '(n, d)'), feats=x[0])
    yield case('places of three', Error('P1', ('coordinates','(n, 2)')), coords=np.c_[xy,xy[:,:1]])
    yield case('NaN places', Error('P1', 'coordinates'), coords=xy*nan)
    yield case('text', Error('P1', ('numbers','features')), feats=np.array([['a']*4]*6))
    yield case('complex', Error('P1', ('numbers','features')), feats=x+1j)
    yield case('another ending', Error('P1.pt', '.h5'), name='P1.pt')
    yield case('no such folder is made', lambda _: True, name='new/P2.h5')
    yield case('an attribute of objects', Error(('P1','attribute','odd')), odd=object())

def cases():
    yield from _readers()
    yield from _slideflow()
    yield from _stores()
    yield from _writers()
