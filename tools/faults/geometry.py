"""How large is a pixel, where does a tile lie: slides and files that state it oddly, wrongly, or not at all."""
import json,os
from functools import partial
from types import SimpleNamespace
import numpy as np, tifffile
from PIL import Image
from case import Case,Error
from mmpath.wsi.batch import slide_table,tile_slides
from mmpath.wsi.features import write_features
from mmpath.wsi.paint import synth_slide
from mmpath.wsi.slide import Slide,check_mpp,check_number,field_of_view,find_slides
from mmpath.wsi.store import FolderStore,tile_stride
from mmpath.wsi.tiles import nested_grids,read_tile,tile_grid
from mmpath.wsi.tissue import read_annotations,tissue_mask

nan,inf = float('nan'),float('inf')

def painted(folder, name='s.svs', cells=3, cell=64, **kw):
    "A slide of tissue alone, 192 px square"
    how = dict(mpp=.5, cell_px=cell, tile_px=64, downsamples=(1,4), warp=0)|kw
    return synth_slide(folder/name, np.zeros((cells,cells),int), **how).path

def tiff(path, pages=((256,256),), text=None, tile=(64,64), **kw):
    "A tiled TIFF with pages of these sizes (width, height), each a picture of noise"
    rng = np.random.default_rng(0)
    with tifffile.TiffWriter(path) as f:
        for i,(w,h) in enumerate(pages):
            im = rng.integers(90, 200, (h,w,3)).astype(np.uint8)
            f.write(im, tile=tile, photometric='rgb', description=text.encode() if text and i==0 else None,
                metadata=None, subfiletype=int(i>0), **kw)
    return path

def ome(x, unit=None, y=None):
    "The head of an OME-TIFF"
    u = f' PhysicalSizeXUnit="{unit}" PhysicalSizeYUnit="{unit}"' if unit else ''
    return f'<?xml version="1.0"?><OME><Image><Pixels SizeX="256" PhysicalSizeX="{x}" PhysicalSizeY="{y or x}"{u}/></Image></OME>'

_image = """<image name="i" uuid="urn:uuid:{i}"><creationDate>2020-01-01T00:00:00Z</creationDate><device model="Leica SCN400" version="1"/>
<pixels sizeX="{w}" sizeY="{h}"><dimension sizeX="{w}" sizeY="{h}" r="0" ifd="{i}"/></pixels>
<view sizeX="{nm_w}" sizeY="{nm_h}" offsetX="{nm_x}" offsetY="{nm_y}" spacingZ="0"/><scanSettings><objectiveSettings>
<objective>{power}</objective></objectiveSettings><illuminationSettings><numericalAperture>0.4</numericalAperture>
<illuminationSource>brightfield</illuminationSource></illuminationSettings></scanSettings></image>"""

def leica(path, at=(3000,1500), size=(2048,1536), plane=(8000,6000), nm=500):
    "A `.scn` of Leica: an area that was scanned, `at` a place of a larger plane; tissue lies in it at 500..1200, 400..1000"
    im,small = (np.full((h,w,3), 245, np.uint8) for w,h in (size,(160,128)))
    im[400:1000,500:1200] = np.random.default_rng(0).integers(0, 30, (600,700,3))+[170,60,130]
    whole = dict(i=0, w=160, h=128, nm_w=plane[0]*nm, nm_h=plane[1]*nm, nm_x=0, nm_y=0, power=.6)
    scan = dict(i=1, w=size[0], h=size[1], nm_w=size[0]*nm, nm_h=size[1]*nm, nm_x=at[0]*nm, nm_y=at[1]*nm, power=20)
    about = ('<?xml version="1.0"?><scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01" uuid="urn:uuid:a"><collection name="c" '
        f'uuid="urn:uuid:c" sizeX="{plane[0]*nm}" sizeY="{plane[1]*nm}"><barcode/>'
        +''.join(_image.format(**o) for o in (whole,scan))+'</collection></scn>')
    how = dict(tile=(64,64), photometric='rgb', metadata=None, resolutionunit='CENTIMETER')
    with tifffile.TiffWriter(path, bigtiff=True) as f:
        f.write(small, description=about.encode(), resolution=(1e7/(plane[0]*nm/160),)*2, **how)
        f.write(im, resolution=(1e7/nm,)*2, **how)
    return path

def _claims():
    "What the file says of its resolution"
    def case(name, expect, mpp=None, **kw): return Case('geometry', f'claim: {name}',
        lambda f: Slide(painted(f, **kw), mpp), expect)
    def is_mpp(v): return lambda s: abs(s.mpp-v)<1e-6*v
    yield case('the truth', is_mpp(.5))
    yield case('nothing', Error('s.svs', 'mpp='), claim=None)
    yield case('nothing, given', is_mpp(.5), mpp=.5, claim=None)
    yield case('given otherwise', lambda s: s.mpp==.25 and 'the file says 0.5' in s.note, mpp=.25)
    for v in (0,-1,1e-4,300,nan,inf): yield case(f'{v}', Error('s.svs', 'mpp='), claim=v)
    for v in (0,-.5,1e-3,500,inf): yield case(f'given as {v}', Error('s.svs', 'mpp='), mpp=v)
    yield case('given as nan', is_mpp(.5), mpp=nan)
    for v in ('0,5','big',[.5,.5],b'x'): yield case(f'given as {v!r}', Error('s.svs','mpp'), mpp=v)
    yield Case('geometry', 'claim: pixels not square',
        lambda f: Slide(painted(f, name='s.tif', vendor='generic', claim=(.5,.25))), Error('s.tif', 'square'))
    yield Case('geometry', 'claim: pixels a little off square',
        lambda f: Slide(painted(f, name='s.tif', vendor='generic', claim=(.5,.505))), lambda s: .5<s.mpp<.505)
    for name,text,want in (('um', ome('0.25','µm'), .25), ('nm', ome('250','nm'), .25),
        ('mm', ome('0.00025','mm'), .25), ('no unit', ome('0.5'), .5), ('cm', ome('0.00005','cm'), .5),
        ('inch', ome('0.00001','inch'), .254), ('e notation', ome('2.5E-1','um'), .25)):
        yield Case('geometry', f'OME: {name}', lambda f,t=text: Slide(tiff(f/'s.tif', text=t)), lambda s,w=want: abs(s.mpp-w)<1e-9)
    for name,text in (('an unknown unit', ome('5','pixel')), ('no number', ome('abc','µm')), ('zero', ome('0','µm')),
        ('negative', ome('-1','µm')), ('a huge one', ome('1e9','µm')), ('empty', ome('','µm')),
        ('two points', ome('0.2.5','µm')), ('not square', ome('0.25','µm','0.5'))):
        yield Case('geometry', f'OME: {name}', lambda f,t=text: Slide(tiff(f/'s.tif', text=t)), Error('s.tif', 'mpp='))
    yield Case('geometry', 'OME: 72 dpi beside',
        lambda f: Slide(tiff(f/'s.tif', text=ome('0.25','µm'), resolution=(72,72), resolutionunit='INCH')),
        lambda s: abs(s.mpp-.25)<1e-9 and 'OME' in s.note)
    yield Case('geometry', '72 dpi alone',
        lambda f: Slide(tiff(f/'s.tif', resolution=(72,72), resolutionunit='INCH')), Error('s.tif', 'cannot be true', 'mpp='))

def _numbers():
    "Options that are sizes"
    for a,b in ((None,None),(.5,.6),(0,0),(nan,.5),(inf,inf),(-1,-1),(.04,.04),(21,21)):
        yield Case('geometry', f'check_mpp({a}, {b})', lambda _,a=a,b=b: check_mpp(a, b, 'mine'), Error('mine', 'mpp='))
    for v in (0,-1):
        yield Case('geometry', f'field of view of {v}', lambda _,v=v: field_of_view(v, .5), Error('tile_px', 'above 0'))
    for v in (None,'a',nan,inf,True,[1],np.array([1,2]),1.5,-1):
        yield Case('geometry', f'check_number of {v!r}', lambda _,v=v: check_number('n', v, 0, whole=True), Error('n=', 'expected'))

def _levels():
    "Pyramids: true, padded, of odd sizes, of sizes that fit nothing"
    def case(name, pages, expect, **kw): return Case('geometry', f'pyramid: {name}',
        lambda f: Slide(tiff(f/'s.tif', pages, ome('0.5','µm'), **kw)), expect)
    def downs(*want): return lambda s: np.allclose(s.levels.downsample, want, rtol=.003)
    yield case('one level', ((256,256),), downs(1))
    yield case('exact', ((512,512),(256,256),(128,128)), downs(1,2,4))
    yield case('odd sides', ((517,389),(258,194),(129,97)), downs(1,2.0,4.0))
    yield case('padded to tiles', ((600,500),(320,256),(192,128)),
        lambda s: list(s.levels.downsample)==[1,2,4] and 'padded' in s.note)
    yield case('a level that fits nothing', ((600,500),(300,250),(299,77)), lambda s: 'left out' in s.note and len(s.levels)==2)
    yield case('a thumbnail of another shape', ((600,500),(100,100)), lambda s: len(s.levels)==1 and 'left out' in s.note)
    for sizes,tile,want in (((1000,800,64,64),64,16.), ((1000,500,64,60),64,None), ((1000,1000,512,512),64,2.),
        ((1000,1000,500,500),64,2.), ((999,999,512,512),256,2.), ((1024,1024,64,64),64,16.), ((4097,4097,1024,1024),1,4.)):
        yield Case('geometry', f'scale of {sizes} in tiles of {tile}', lambda _,z=sizes,t=tile: _scale(*z, t),
            lambda got,w=want: got==w or (w and got and abs(got/w-1)<.005))

def _scale(w, h, w1, h1, tile):
    "What mmpath takes for the scale of a level, as OpenSlide reports it"
    from mmpath.wsi.slide import _true_scale
    props = {} if tile==1 else {'openslide.level[1].tile-width':tile, 'openslide.level[1].tile-height':tile}
    return _true_scale(SimpleNamespace(dimensions=(w,h), level_dimensions=((w,h),(w1,h1)),
        level_downsamples=(1.,(w/w1+h/h1)/2), properties=props), 1)

def _bounded(folder, props):
    "A slide whose file states these bounds"
    from mmpath.wsi.slide import _bounds
    return _bounds(SimpleNamespace(properties={f'openslide.bounds-{k}':v for k,v in props.items()}, dimensions=(900,600)))

def _grids():
    "Tiles of 32 to 512 px on a slide of 192 px"
    def grid(**kw): return lambda f: tile_grid(Slide(painted(f)), **(dict(min_tissue=0)|kw))
    for px,mpp,over,n in ((64,.5,0,9), (64,.5,32,25), (32,.5,0,36), (48,.5,0,16), (64,1.,0,1), (96,1.,0,1),
        (97,1.,0,0), (192,.5,0,1), (193,.5,0,0), (512,.5,0,0), (64,.75,0,4), (50,.5,0,9), (1,2.,0,2304)):
        yield Case('geometry', f'grid: {px} px, {mpp} um, overlap {over}', grid(tile_px=px, mpp=mpp, overlap=over),
            lambda g,n=n,px=px: len(g)==n and (n or 'smaller' in g.reason) and bool((g.coords+g.tile_px_level0<=192.01).all()))
    bad = dict(tile_px=[0,-1,2.5,nan,'64',None,True], mpp=[0,-1,nan,inf,'.5'], overlap=[-1,64,65,.5,nan,'1'],
        min_tissue=[-.1,1.1,nan,'half',None], max_tiles=[0,-1,.5,nan,'all'])
    for name,values in bad.items():
        for v in values:
            yield Case('geometry', f'grid: {name}={v!r}', grid(**(dict(tile_px=64)|{name:v})), Error(name, ('expected','tile_px')))
    yield Case('geometry', 'grid: finer than the slide', grid(tile_px=64, mpp=.25), Error('s', 'upsample=True'))
    yield Case('geometry', 'grid: finer, allowed', grid(tile_px=64, mpp=.25, upsample=True), lambda g: len(g)==36)
    yield Case('geometry', 'nested: no whole multiple', lambda f: nested_grids(Slide(painted(f)), tile_px=32,
        mpps=(1.3,.5)), Error('mpps', 'multiple'))
    yield Case('geometry', 'nested: from fine to coarse', lambda f: nested_grids(Slide(painted(f)), tile_px=32,
        mpps=(.5,1.)), Error('mpps', 'coarse to fine'))
    yield Case('geometry', 'nested: zero', lambda f: nested_grids(Slide(painted(f)), tile_px=32, mpps=(1.,0)),
        Error('mpps', 'above 0'))
    yield Case('geometry', 'nested: none', lambda f: nested_grids(Slide(painted(f)), tile_px=32, mpps=()), Error('mpps'))
    yield Case('geometry', 'nested: as it should be', lambda f: nested_grids(Slide(painted(f)), tile_px=32,
        mpps=(1.,.5), min_tissue=0), lambda n: len(n.grids[1])==4*len(n.grids[0])==36)
    yield Case('geometry', 'tile beyond the slide', lambda f: read_tile(Slide(painted(f)), 10_000, -500, 32, .5),
        lambda t: t.shape==(32,32,3) and (t==255).all())
    yield Case('geometry', 'a level that is not there', lambda f: Slide(painted(f)).read_region(0, 0, 9, (8,8)),
        Error(('s.svs','level')))
    yield Case('geometry', 'a window of no size', lambda f: Slide(painted(f)).read_region(0, 0, 0, (0,8)),
        (Error(('s.svs','size')), lambda x: x.size==0))
    yield Case('geometry', 'a window of negative size', lambda f: Slide(painted(f)).read_region(0, 0, 0, (-4,8)),
        Error(('s.svs','size')))
    yield Case('geometry', 'an overview finer than the slide', lambda f: Slide(painted(f)).overview(.1), Error('s', 'finer'))
    yield Case('geometry', 'a tissue method', lambda f: tissue_mask(Slide(painted(f)), 'magic'), Error('method', 'otsu'))
    yield Case('geometry', 'glass alone',
        lambda f: tile_grid(Slide(synth_slide(f/'g.svs', np.full((3,3),-1), cell_px=256, tile_px=64,
        downsamples=(1,)).path), tile_px=32), lambda g: len(g)==0 and 'no tissue' in g.reason)
    yield Case('geometry', 'glass alone, small',
        lambda f: tile_grid(Slide(synth_slide(f/'g.svs', np.full((3,3),-1), cell_px=64, tile_px=64,
        downsamples=(1,)).path), tile_px=32), lambda g: len(g)==0)
    for name,props,want in (('none', {}, (0,0,900,600)), ('whole', dict(x='10',y='20',width='100',height='50'),
        (10,20,100,50)), ('half', dict(x='10'), (10,0,900,600)), ('words', dict(x='a',y='',width='?',height='-'),
        (0,0,900,600)), ('commas', dict(x='10,0',y='2'), (10,2,900,600))):
        yield Case('geometry', f'bounds: {name}', lambda f,p=props: _bounded(f, p), lambda got,w=want: got==w)
    for name,props in (('nan', dict(x='nan')), ('inf', dict(x='inf')),
        ('beyond the slide', dict(x='5000',y='0',width='10',height='10')),
        ('negative width', dict(x='0',y='0',width='-10',height='10'))):
        yield Case('geometry', f'bounds: {name}', lambda f,p=props: _bounded(f, p), lambda got: got==(0,0,900,600))

square = [[0,0],[96,0],[96,96],[0,96],[0,0]]
def feature(kind, places, **kw): return dict(type='Feature', geometry=dict(type=kind, coordinates=places), properties=kw)
drawings = {
    'no JSON': ('{"type":', Error('d.json', 'export')), 'empty': ('', Error('d.json', 'export')),
    'null': ('null', Error('d.json', 'no polygon')), 'a number': ('5', Error('d.json', 'no polygon')),
    'no features': (json.dumps(dict(type='FeatureCollection', features=[])), Error('d.json', 'no polygon')),
    'points': (json.dumps(feature('Point', [5,5])), Error('d.json', 'no polygon')),
    'lines': (json.dumps(feature('LineString', square)), Error('d.json', 'no polygon')),
    'no corners': (json.dumps(feature('Polygon', [])), Error('d.json', 'no polygon')),
    'an empty ring': (json.dumps(feature('Polygon', [[]])), Error('d.json', 'no polygon')),
    'two corners': (json.dumps(feature('Polygon', [square[:2]])), Error('d.json', 'no polygon')),
    'words': (json.dumps(feature('Polygon', [[['a','b']]*4])), Error('d.json', 'export')),
    'one number a corner': (json.dumps(feature('Polygon', [[[1],[2],[3],[4]]])), Error('d.json', 'export')),
    'null corners': (json.dumps(feature('Polygon', [[None]*4])), Error('d.json', 'export')),
    'NaN corners': ('{"type":"Polygon","coordinates":[[[NaN,1],[2,3],[4,5]]]}', Error('d.json', 'export')),
    'no geometry': (json.dumps(dict(type='Feature', geometry=None)), Error('d.json', 'no polygon')),
    'corners of text': (json.dumps(feature('Polygon', 'square')), Error('d.json', ('no polygon','export'))),
    'a deep nest': ('['*5000+']'*5000, Error('d.json', ('export','polygon'))),
    'UTF-16': (json.dumps(feature('Polygon',[square])).encode('utf-16'), Error('d.json', 'export')),
    'XML': ('<?xml version="1.0"?><ASAP/>', Error('d.json', 'export')),
    'with a BOM': (b'\xef\xbb\xbf'+json.dumps(feature('Polygon',[square])).encode(), lambda t: t.mask.any()),
    'as it should be': (json.dumps(feature('Polygon',[square])), lambda t: .2<t.mask.mean()<.3),
    'three numbers a corner': (json.dumps(feature('Polygon',[[[*p,0] for p in square]])), lambda t: t.mask.any()),
    'outside': (json.dumps(feature('Polygon',[[[9000,9000],[9100,9000],[9100,9100]]])),
    lambda t: not t.mask.any() and 'd.json' in t.reason),
    'far outside': (json.dumps(feature('Polygon',[[[1e300,1e300],[-1e300,1e300],[0,-1e300]]])),
    (Error('d.json'), lambda t: t.mask.shape[0]>0)),
    'artefacts alone': (json.dumps(feature('Polygon',[square], classification=dict(name='Fold'))),
    lambda t: not t.mask.any() and 'artefacts' in t.reason),
    'an odd class': (json.dumps(feature('Polygon',[square], classification=[1])),
    (Error('d.json'), lambda t: t.mask.any())),
    'features is a dict': (json.dumps(dict(type='FeatureCollection', features={'a':1})), Error('d.json', 'no polygon'))}

def _drawn(content, folder):
    slide,path = Slide(painted(folder)),folder/'d.json'
    path.write_bytes(content if isinstance(content,bytes) else content.encode())
    return read_annotations(path, slide, 2.)

def _slides():
    "Files that are no slides"
    tiff_head = b'II*\0\x08\0\0\0'
    files = {'empty.svs': b'', 'page.svs': b'<html>404 not found</html>', 'cut.tif': tiff_head,
        'zero.ndpi': bytes(5000), 'noise.mrxs': bytes(range(256))*9, 'cut.png': b'\x89PNG\r\n\x1a\n'+bytes(30),
        'cut.jpg': b'\xff\xd8\xff\xe0'+bytes(30), 'a.dcm': b'\0'*128+b'DICM', 'a.czi': b'ZISRAWFILE'+bytes(99)}
    remedies = ('download','copy','convert')
    for name,b in files.items():
        yield Case('geometry', f'slide: {name}', lambda f,n=name,b=b: ((f/n).write_bytes(b), Slide(f/n, .5))[1],
            Error(name, remedies))
    def cut(folder, share):
        p = painted(folder)
        p.write_bytes(p.read_bytes()[:int(share*p.stat().st_size)])
        return tile_grid(Slide(p), tile_px=64)
    for share in (.1,.5,.9,.99):
        yield Case('geometry', f'slide: cut at {share:.0%}', partial(cut, share=share), Error('s.svs', remedies))
    yield Case('geometry', 'slide: not there', lambda f: Slide(f/'x.svs'), Error('x.svs', 'check the path'))
    yield Case('geometry', 'slide: a folder', lambda f: Slide(f), Error('work', 'folder'))
    yield Case('geometry', 'slide: a link to nowhere', lambda f: ((f/'x.svs').symlink_to('y'), Slide(f/'x.svs'))[1],
        Error('x.svs', 'link'))
    yield Case('geometry', 'slide: a pipe', lambda f: (os.mkfifo(f/'x.svs'), Slide(f/'x.svs'))[1], Error('x.svs', 'pipe'))
    yield Case('geometry', 'slide: a name too long', lambda f: Slide(f/('x'*300)), Error('xxx', 'check'))
    yield Case('geometry', 'slides: no folder', lambda f: find_slides(f/'x'), Error('x', 'folder'))
    yield Case('geometry', 'slides: a circle of links', lambda f: ((f/'a').mkdir(), (f/'a'/'b').symlink_to(f),
        painted(f), find_slides(f))[-1], lambda got: len(got)==1)
    def image(mode, v): return lambda f: (Image.new(mode, (64,64), v).save(f/'x.png'),
        tile_grid(Slide(f/'x.png', .5), tile_px=32, min_tissue=0))[1]
    for mode,v in (('L',90),('RGB',(90,20,90)),('RGBA',(90,20,90,0)),('P',3),('1',1),('I;16',4000)):
        yield Case('geometry', f'image of mode {mode}', image(mode, v), lambda g: len(g)==4 and g[0].shape==(32,32,3))
    yield Case('geometry', 'image of no resolution', lambda f: (Image.new('RGB',(64,64)).save(f/'x.png'),
        Slide(f/'x.png'))[1], Error('x.png', 'mpp='))
    for what,text,words in (('no column slide','a,b\n1,2\n',["'slide'"]),
        ('an empty cell','slide,mpp\na.svs,.5\n,.5\n',['row 1','fill in']), ('no rows','slide,mpp\n',['no rows'])):
        yield Case('geometry', f'slide table: {what}', lambda f,t=text: ((f/'t.csv').write_text(t),
            slide_table(f/'t.csv'))[1], Error('t.csv', *words))
    def status(text): return lambda f: (painted(f), (f/'t.csv').write_text(text),
        tile_slides(f/'t.csv', f/'out', tile_px=32, workers=0, progress=False))[-1]
    def failed(*words): return lambda t: list(t.state)==['failed'] and all(w in t.reason[0] for w in words)
    for what,text,words in (('a word as mpp','slide,mpp\ns.svs,small\n',('s','mpp','small')),
        ('mpp 0','slide,mpp\ns.svs,0\n',('s.svs','mpp')), ('negative mpp','slide,mpp\ns.svs,-1\n',('s.svs','mpp')),
        ('a slide that is not there','slide\nx.svs\n',('x.svs','check the path')),
        ('annotations that are not there','slide,annotations\ns.svs,d.json\n',('d.json','check the path'))):
        yield Case('geometry', f'slide table: {what}', status(text), failed(*words))
    yield Case('geometry', 'slide table: decimal comma', status('slide;mpp\ns.svs;0,5\n'),
        lambda t: list(t.state)==['done'] and t.mpp[0]==.5)

def _stated(folder, **attrs):
    "A feature file that states these; what a store says of its tile"
    import h5py
    x,xy = np.ones((4,3),np.float32),np.array([[0,0],[300,0],[0,300],[300,300]])
    write_features(folder/'P1.h5', x, xy)
    with h5py.File(folder/'P1.h5','a') as f: f['coords'].attrs.update(attrs)
    s = FolderStore(folder)
    return s.tile_size('P1'),s.origin('P1')

def _tiles_of_files():
    for name,attrs,want in (('level 0', dict(patch_size_level0=512), 512.),
        ('CLAM', dict(patch_size=256, patch_level=1, downsample=[4.,4.]), 1024.), ('none', {}, 300.),
        ('words', dict(patch_size_level0='big'), 300.), ('zero', dict(patch_size_level0=0), 300.),
        ('NaN', dict(patch_size_level0=nan), 300.), ('a list', dict(patch_size_level0=[512,512]), 512.),
        ('STAMP', dict(unit='um', tile_size_um=256., tile_size_px=224), 224.)):
        yield Case('geometry', f'tile of a file: {name}', partial(_stated, **attrs), lambda got,w=want: got[0]==w)
    for name,attrs in (('negative', dict(patch_size_level0=-5)), ('infinite', dict(patch_size_level0=inf))):
        yield Case('geometry', f'tile of a file: {name}', partial(_stated, **attrs), lambda got: got[0]==300.)
    yield Case('geometry', 'origin of a file', partial(_stated, level0_origin_x=7, level0_origin_y='8'), lambda got: got[1]==(7,8))
    for name,xy,want in (('none', [], None), ('one', [[5,5]], None), ('the same twice', [[5,5],[5,5]], None),
        ('a row', [[0,0],[64,0],[128,0]], 64.), ('two pieces', [[0,0],[64,0],[9001,3],[9065,3]], 64.),
        ('floats', [[0,0],[64.5,0]], 64.5), ('sparse', [[0,0],[64,0],[512,0],[576,0],[5000,640]], 64.)):
        yield Case('geometry', f'stride of {name}', lambda _,xy=xy: tile_stride(np.array(xy)), lambda got,w=want: got==w)

def cases():
    yield from _claims()
    yield from _numbers()
    yield from _levels()
    yield from _grids()
    for name,(content,expect) in drawings.items(): yield Case('geometry', f'drawing: {name}', partial(_drawn, content), expect)
    yield from _slides()
    yield from _tiles_of_files()
