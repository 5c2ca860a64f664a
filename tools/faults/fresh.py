"""What a second pair of eyes thought of, spread over all kinds: a case each of what users do rather than of what files hold."""
import json,os,sys,unicodedata,warnings
from decimal import Decimal
from functools import lru_cache,partial
import h5py, numpy as np, pandas as pd, torch
from PIL import Image
from case import Case,Error,Stops,in_child,untouched
from processes import command
from mmpath import cli,metrics,plots
from mmpath.all import *
from mmpath.course.command import course
from mmpath.run.command import mmpath_run
from mmpath.run.predict import mmpath_predict
from mmpath.tables.query import safe_query
from mmpath.data.keys import fingerprint

ids = [f'P{i:02d}' for i in range(1,13)]
columns = dict(case_id=ids, age=[61,47,55,72,66,58,49,70,63,52,68,44], sex=list('mfmfmfmfmfmf'),
    months=[12.,30,5,44,8,21,60,3,17,26,39,50], died=[1,0,1,0,1,1,0,1,0,1,0,1])
how = dict(time='months', event='died', unit='months')

def people(**kw): return pd.DataFrame(columns|kw)

def written(folder, df, name='patients.csv', **kw):
    path = folder/name
    df.to_csv(path, index=False, **kw)
    return path

def opened(folder, of=None, **kw):
    "A cohort of a table (as csv) or of what is given"
    of = people() if of is None else of
    if isinstance(of,pd.DataFrame): of = written(folder, of)
    return Cohort.from_files(of, **how|kw)

def os_of(c): return c.target('OS').y if 'OS' in c.endpoints else next(iter(c.endpoints.values()))
def months(c): return os_of(c).time.sort_index().tolist()
def told(c, word): return word.lower() in f'{c.audit.to_string()} {c.dropped.to_string()}'.lower()
whole = sorted(zip(ids, columns['months']))
def as_planned(c): return months(c)==[m for _,m in whole]

# -- tables ---------------------------------------------------------------------------------------------------------------------

def _bytes(text, name='patients.csv', encoding='utf-8', **kw):
    def do(folder):
        (folder/name).write_bytes(text if isinstance(text,bytes) else text.encode(encoding))
        return Cohort.from_files(folder/name, **how|kw)
    return do

def _lines(df=None): return (people() if df is None else df).to_csv(index=False)

def _workbook(change, name='patients.xlsx'):
    def do(folder):
        import openpyxl
        book = openpyxl.Workbook()
        sheet = book.active
        for row in [list(columns),*map(list, zip(*columns.values()))]: sheet.append(row)
        change(book, sheet)
        book.save(folder/name)
        return Cohort.from_files(folder/name, **how)
    return do

def _merged(book, sheet):
    sheet['A3'] = None
    sheet.merge_cells('A2:A3')
    for c in 'BCDE': sheet[f'{c}3'] = sheet[f'{c}2'].value

def _formulas(book, sheet):
    for i in range(2,14): sheet[f'D{i}'] = f'=B{i}*2'

def _readme_first(book, sheet):
    page = book.create_sheet('README', 0)
    for i,line in enumerate(('Please read me first','Contact: the data manager','Version 3')): page.cell(i+1, 1, line)

def _struck(book, sheet): sheet.row_dimensions[5].hidden = True

def _tables():
    def case(name, do, expect): return Case('tables', f'fresh: {name}', do, expect)
    units = _lines().replace('\n', '\n,years,,months,0/1\n', 1)
    yield case('a row of units below the header', _bytes(units),
        (Error(('patients.csv','months'), ('row','leave','remove','take'), 'months'),
        lambda c: as_planned(c) and told(c,'(row 0)')))
    footer = _lines()+'Exported by REDCap 2024-01-03\n'
    yield case('a footnote as the last line', _bytes(footer), (Error('patients', 'line 14'), lambda c: as_planned(c) and told(c,'REDCap')))
    yield case('merged cells of a patient with two rows', _workbook(_merged),
        (Error('patients', ('merged','empty','no case','case_id')), lambda c: told(c,'row') and 'P01' in c.cases))
    yield case('formulas that were never computed', _workbook(_formulas), Error('patients', ('formula','comput')))
    yield case('a README as the first sheet', _workbook(_readme_first), (Error('patients', 'Sheet'), as_planned))
    yield case('a hidden row', _workbook(_struck), as_planned)
    latin = people(case_id=['Größe1','Fuß2',*ids[2:]])
    yield case('umlauts in cp1252', _bytes(_lines(latin), encoding='cp1252'), lambda c: {'Größe1','Fuß2'}<=set(c.cases))
    japan = people(case_id=[f'患者{o}' for o in ids])
    yield case('Shift-JIS', _bytes(_lines(japan), encoding='shift_jis'), (Error('patients', 'UTF-8'),
        lambda c: '患者P01' in c.cases or told(c,'no UTF-8')))
    yield case('zeros of a crash at the end', _bytes(_lines().encode()+bytes(4096)), (Error('patients'), as_planned))
    yield case('every line in quotes', _bytes('\n'.join(f'"{o}"' for o in _lines().split())),
        (Error('patients', ('quot','separat','column')), as_planned))
    yield case('a dict instead of a table', lambda f: Cohort.from_files(dict(columns), **how), Error(('DataFrame','table','path')))
    yield case('types of pyarrow', lambda f: Cohort.from_files(people().convert_dtypes(dtype_backend='pyarrow'), **how), as_planned)
    spans = people(months=pd.to_timedelta(np.array(columns['months'])*30, unit='D'))
    yield case('follow-up as timedelta', lambda f: Cohort.from_files(spans, **how), Error('months', ('timedelta','numbers','duration')))
    yield case('a plain file called .gz', _bytes(_lines(), 'patients.csv.gz'), (Error('patients', ('gzip','compress')), as_planned))
    yield case('a zip of a table', lambda f: (people().to_csv(f/'patients.csv.zip', index=False),
        Cohort.from_files(f/'patients.csv.zip', **how))[1],
        (Error('patients', ('.csv','unpack')), as_planned))
    yield case('an address of the web', lambda f: Cohort.from_files('https://example.org/patients.csv', **how),
        Error('example.org', ('download','file','web')))
    def home(folder):
        os.environ['HOME'] = str(folder)
        written(folder, people())
        return Cohort.from_files('~/patients.csv', **how)
    yield case('a path that begins with a tilde', home, (as_planned, Error('patients', '~')))
    twice = _lines().replace('case_id,age,sex', 'case_id,age,age', 1)
    yield case('two columns of a name', _bytes(twice),
        (Error('age', ('twice','two','same name','more than once')), lambda c: told(c,'age')))
    yield case('columns that spaces align', _bytes(people().to_string(index=False), 'patients.txt'), (Error('patients'), as_planned))
    wide = pd.DataFrame(columns).set_index('case_id').T
    def lying(folder):
        wide.to_csv(folder/'patients.csv')
        return Cohort.from_files(folder/'patients.csv', **how)
    yield case('patients across, variables down', lying, Error('patients', ('transpos','row')))

# -- values ---------------------------------------------------------------------------------------------------------------------

def _values():
    def case(name, do, expect): return Case('values', f'fresh: {name}', do, expect)
    def table(name, expect, direct=False, **change):
        def do(folder): return Cohort.from_files(people(**change), **how) if direct else opened(folder, people(**change))
        return case(name, do, expect)
    yield table('follow-up of the alive with a plus', Error('months', '30+'),
        months=[f'{m:g}'+('+' if not d else '') for m,d in zip(columns['months'], columns['died'])])
    yield table("R's coding of events, 1 and 2", Error('died', '2'), died=[d+1 for d in columns['died']])
    yield table('a competing risk', Error('died', '2'), died=[2,*columns['died'][1:]])
    yield table('digits of full width', (as_planned, Error('months')), months=[f'{m:g}'.translate({48+i:0xff10+i for i in range(10)})
        for m in columns['months']])
    yield table('decimal commas among decimal points', (Error('months', ',5'), ), months=['12,5','30.5',*columns['months'][2:]])
    yield table('Decimal from a database', as_planned, direct=True, months=[Decimal(str(m)) for m in columns['months']])
    yield table('-9 for unknown follow-up', (Error('months', '-9'), lambda c: len(os_of(c))==11 and told(c,'negative')),
        months=[-9,*columns['months'][1:]])
    yield table('infinite follow-up', (Error('months', 'P01'), lambda c: len(os_of(c))==11 and told(c,'infinite')),
        months=[np.inf,*columns['months'][1:]], direct=True)
    yield table("cBioPortal's words of events", as_planned, died=[('0:LIVING','1:DECEASED')[d] for d in columns['died']])
    yield table('days called months', Error('months', 'days'), months=[m*30 for m in columns['months']])
    yield table('true, false and None', lambda c: len(os_of(c))==11 and told(c,'P01'), direct=True,
        died=[None,*map(bool, columns['died'][1:])])
    def fitted(change):
        def do(folder):
            c = Cohort.from_files(people(**change), endpoints={'OS':('months','died','months')}, covariates=list(change))
            return Covariates(list(change)).fit(c.clinical).transform(c.clinical)
        return do
    yield case('percents as a covariate', fitted(dict(purity=[f'{50+i}%' for i in range(12)])), (Error('purity', ('number','%')),
        lambda x: x.shape[1]==1))
    yield case('dates as a covariate', fitted(dict(seen=pd.to_datetime([f'2019-03-{i+1:02d}' for i in range(12)]))),
        Error('seen', ('date','number')))
    yield case('a covariate of lists', fitted(dict(mut=[['TP53','KRAS']]*12)), Error('mut'))
    yield case('grade as ordered categories', fitted(dict(grade=pd.Categorical(['G1','G2','G3']*4, ordered=True))),
        lambda x: x.shape[0]==12)
    genes = pd.DataFrame(np.arange(12*4, dtype=float).reshape(12,4)/10, index=ids, columns=['TP53','KRAS','EGFR','MYC'])
    def expression(name, change, expect, **kw):
        def do(folder):
            change(genes.astype(object)).to_csv(folder/'expr.csv')
            return read_expression(folder/'expr.csv', **kw)
        return case(name, do, expect)
    def put(v):
        def change(df):
            df.iloc[2,1] = v
            return df
        return change
    yield expression('below the limit of detection', put('<0.1'), Error('expr.csv', 'KRAS', 'P03'), scale='log2')
    yield expression('the logarithm of nothing', put('-inf'), Error('KRAS', 'P03'), scale='log2')
    yield expression('a count below zero', put(-3), Error('counts', ('negative','below')), scale='counts')
    yield expression('counts called log2', lambda df: (df*4000).round(), Error('log2', 'counts'), scale='log2')
    yield expression('decibels of a float that overflowed', put('1e400'), Error('KRAS', 'P03'), scale='log2')

# -- ids ------------------------------------------------------------------------------------------------------------------------

def feats(folder, names, n=5, d=8, seed=0):
    "A folder of features"
    rng = np.random.default_rng(seed)
    (folder/'feats').mkdir(exist_ok=True)
    for o in names: write_features(folder/'feats'/f'{o}.h5', rng.normal(size=(n,d)).astype(np.float32), np.arange(2*n).reshape(n,2)*256,
        patch_size=256)
    return folder/'feats'

def joined(case_ids, slides, **kw):
    "A cohort of patients and slides"
    def do(folder): return opened(folder, people(case_id=case_ids), slides=feats(folder, slides), **kw)
    return do

def with_slides(n): return lambda c: len(next(iter(c.bags.values())).slides.keys() & set(c.clinical.index))==n

def _ids():
    def case(name, do, expect): return Case('ids', f'fresh: {name}', do, expect)
    big = ['2.01E+11']*3+ids[3:]
    yield case('long numbers that a spreadsheet shortened', lambda f: opened(f, people(case_id=big)), Error('2.01E+11'))
    dash = [o.replace('P','P–') for o in ids]
    yield case('dashes of a word processor', joined(dash, [o.replace('P','P-') for o in ids]), (with_slides(12), Error('P–01', 'P-01')))
    yield case('a patient called NA', lambda f: opened(f, people(case_id=['NA',*ids[1:]])),
        (Error('NA'), lambda c: 'NA' in c.cases or told(c,'without a case') or told(c,'no case')))
    yield case('1e5 beside 100000', lambda f: opened(f, people(case_id=['1e5','100000',*ids[2:]])),
        lambda c: {'1e5','100000'}<=set(c.cases))
    yield case('P1 beside P01', joined(['P1','P01',*ids[2:]], ['P1','P01']),
        lambda c: next(iter(c.bags.values())).slides=={'P1':['P1'],'P01':['P01']})
    far = [9007199254740992+i for i in range(12)]
    yield case('numbers beyond floats', lambda f: opened(f, people(case_id=far)), lambda c: set(c.cases)==set(map(str,far)))
    yield case('numbers beyond floats, of a table with a gap',
        lambda f: Cohort.from_files(people(case_id=[*map(float, far[:11]),None]), **how),
        Error(('case_id','e+15','9007199254740992')))
    yield case('bytes of HDF5 as names', lambda f: Cohort.from_files(people(case_id=[o.encode() for o in ids]), **how),
        lambda c: set(c.cases)==set(ids))
    mark = [f'Müller-{i}' for i in range(12)]
    yield case('composed and decomposed umlauts', joined([unicodedata.normalize('NFC',o) for o in mark],
        [unicodedata.normalize('NFD',o) for o in mark]), (with_slides(12), Error('Müller')))
    yield case('a Cyrillic letter', joined([o.replace('P','Р') for o in ids], ids), Error('P01'))
    yield case('UUIDs in two cases', joined([f'0A7F{o}-4C2B' for o in ids], [f'0a7f{o.lower()}-4c2b' for o in ids]),
        (with_slides(12), Error('0A7F')))
    yield case('a space of no width', joined(['\u200bP01',*ids[1:]], ids), (with_slides(12), Error('P01')))
    pair = ['P1','P10','P2',*ids[3:]]
    yield case('a pattern that takes the beginning of a longer number', joined(pair, ['P1_A','P10_A','P2_A'], slide_pattern=r'(P\d)'),
        (Error('P10'), lambda c: next(iter(c.bags.values())).slides.get('P1')==['P1_A']))
    yield case('1 and the word 1', lambda f: Cohort.from_files(people(case_id=[1,'1',*ids[2:]]), **how), Error('1'))
    gene = pd.DataFrame(np.random.default_rng(0).normal(size=(4,3)), columns=['TP53','KRAS','MYC'],
        index=['TCGA-AA-0001-01A-11R','TCGA-AA-0001-06A-11R','TCGA-AA-0002-01A-11R','TCGA-AA-0003-01A-11R'])
    def meta(folder):
        gene.to_csv(folder/'expr.csv')
        return read_expression(folder/'expr.csv', scale='zscore')
    yield case('a primary and its metastasis', meta, Error('TCGA-AA-0001'))
    yield case('a pattern with two groups', joined(ids, [f'{o}_A' for o in ids], slide_pattern='(P)([0-9]+)_A'), Error(('group','bracket')))
    yield case('a function of slides that fails', joined(ids, ids, case_of=lambda s: s.split('_')[1]), Error('P01', 'case_of'))
    yield case('a function of slides that knows no answer', joined(ids, [*ids,'control'], case_of=lambda s: s if s[0]=='P' else None),
        (Error('control'), with_slides(12)))

# -- geometry -------------------------------------------------------------------------------------------------------------------

def slide(folder, name='a.svs', cells=6, **kw): return synth_slide(folder/name, np.full((cells,cells), 3), cell_px=128, **kw).path

def drawn(*geometries): return dict(type='FeatureCollection',
    features=[dict(type='Feature', properties={}, geometry=g) for g in geometries])
def square(a, b): return [[a,a],[b,a],[b,b],[a,b],[a,a]]

def area(folder, shape, raw=None, name='d.geojson'):
    "Share of a slide that an annotation takes"
    (folder/name).write_text(json.dumps(shape) if raw is None else raw)
    t = tissue_mask(Slide(slide(folder)), annotations=folder/name)
    return t.reason or float(t.mask.mean())

def is_about(v, tol=.03): return lambda x: abs(x-v)<tol

def picture(folder, name, make, **save):
    make().save(folder/name, **save)
    s = Slide(folder/name, mpp=1.)
    return s,tissue_mask(s, mpp=4., min_area_um2=100)

def pink(mode='RGB', size=1024, r=256):
    "A pink disc upon white"
    y,x = np.ogrid[:size,:size]
    inside = (x-size//2)**2+(y-size//2)**2<r*r
    a = np.full((size,size,3), 255, np.uint8)
    a[inside] = 200,90,160
    im = Image.fromarray(a)
    if mode!='RGBA': return im.convert(mode)
    a[~inside] = 0
    return Image.fromarray(np.dstack([a,inside*np.uint8(255)]))
disc = np.pi*256**2/1024**2

def share(found): return float(found[1].mask.mean())

def _geometry():
    def case(name, do, expect): return Case('geometry', f'fresh: {name}', do, expect)
    whole = dict(type='Polygon', coordinates=[square(0,768)])
    yield case('mpp as text', lambda f: Slide(slide(f), mpp='0.5'), (Error('mpp'), lambda s: s.mpp==.5))
    yield case('mpp is True', lambda f: Slide(slide(f), mpp=True), Error('mpp'))
    yield case('mpp in nm', lambda f: Slide(slide(f, claim=None), mpp=250.), Error('250', 'mpp'))
    yield case('annotations that are points', lambda f: area(f, drawn(dict(type='Point', coordinates=[9,9]))),
        Error('d.geojson', 'polygon'))
    yield case('annotations of another slide', lambda f: area(f, drawn(dict(type='Polygon', coordinates=[square(90000,99000)]))),
        lambda why: 'd.geojson lie outside the slide' in why)
    yield case('a ring that is not closed', lambda f: area(f, drawn(dict(type='Polygon', coordinates=[square(0,384)[:-1]]))), is_about(.25))
    yield case('a hole', lambda f: area(f, drawn(dict(type='MultiPolygon', coordinates=[[square(0,768),square(192,576)]]))), is_about(.75))
    yield case('places with a third number', lambda f: area(f, drawn(dict(type='Polygon', coordinates=[[[*o,0] for o in square(0,384)]]))),
        is_about(.25))
    bow = [[0,0],[768,768],[768,0],[0,768],[0,0]]
    yield case('a bow tie', lambda f: area(f, drawn(dict(type='Polygon', coordinates=[bow]))), (is_about(.5,.06), Error('d.geojson')))
    yield case('XML of ASAP', lambda f: area(f, None, '<ASAP_Annotations/>', 'd.xml'), Error('d.xml', 'geojson'))
    yield case('a list of features, as QuPath writes', lambda f: area(f, drawn(whole)['features']), is_about(1.))
    yield case('a bare geometry', lambda f: area(f, whole), (is_about(1.), Error('d.geojson')))
    yield case('a collection of geometries', lambda f: area(f, drawn(dict(type='GeometryCollection', geometries=[whole]))),
        (is_about(1.), Error('d.geojson', 'GeometryCollection')))
    yield case('a mark at the head', lambda f: area(f, None, '\ufeff'+json.dumps(drawn(whole))), is_about(1.))
    yield case('a place that is null', lambda f: area(f, drawn(dict(type='Polygon', coordinates=[[[0,0],[9,None],[9,9],[0,0]]]))),
        Error('d.geojson', ('number','coordinates')))
    yield case('a feature without geometry', lambda f: area(f, drawn(None, whole)), (is_about(1.), Error('d.geojson')))
    def grid(**kw): return lambda f: tile_grid(Slide(slide(f)), **kw)
    yield case('an overlap as large as the tile', grid(overlap=256), Error('overlap'))
    yield case('percent of tissue', grid(min_tissue=50), Error('min_tissue', '1'))
    yield case('a tile as text', grid(tile_px='256'), Error('tile_px'))
    yield case('more tiles than there are', lambda f: len(grid(max_tiles=10**9)(f)), lambda n: n==9)
    yield case('tissue of another slide', lambda f: tile_grid(Slide(slide(f)), tissue_mask(Slide(slide(f, 'b.svs', cells=9)))),
        Error('b', 'a'))
    yield case('a place far outside', lambda f: read_tile(Slide(slide(f)), 10**7, 0),
        lambda t: t.min()==255)          # what lies beyond is white, however far
    yield case('a transparent background', lambda f: share(picture(f, 'a.png', partial(pink, 'RGBA'))), is_about(disc))
    yield case('CMYK', lambda f: share(picture(f, 'a.jpg', partial(pink, 'CMYK'))), (is_about(disc), Error('a', 'CMYK')))
    yield case('a palette', lambda f: share(picture(f, 'a.png', partial(pink, 'P'))), is_about(disc))
    def turned(folder):
        exif = Image.Exif()
        exif[274] = 6
        im = Image.fromarray(np.concatenate([np.full((512,512,3), 255, np.uint8), np.asarray(pink(r=999))[:512,:512]], 1))
        s,t = picture(folder, 'a.jpg', lambda: im, exif=exif, quality=95)
        g = tile_grid(s, t, tile_px=128, mpp=1.)
        return min((np.asarray(read_tile(s, int(x), int(y), 128, 1.))[...,1]<150).mean() for x,y in g.coords),len(g)
    yield case('a picture that the camera turned', turned, lambda o: o[0]>.45 and o[1]>10)
    yield case('grey in 16 bits', lambda f: share(picture(f, 'a.tif',
        lambda: Image.fromarray((np.asarray(pink('L')).astype(np.uint16)*257)))),
        (is_about(disc,.05), Error('a', ('colour','grey','8-bit','channel'))))
    def link(folder):
        (folder/'a.svs').symlink_to(folder/'gone.svs')
        return Slide(folder/'a.svs')
    yield case('a link that leads nowhere', link, Error('a.svs', 'link'))
    def mrxs(folder):
        (folder/'a.mrxs').write_bytes(b'')
        return Slide(folder/'a.mrxs')
    yield case('MIRAX without its folder', mrxs, Error('a.mrxs', ('folder','empty')))
    yield case('magnifications in the wrong order', lambda f: nested_grids(Slide(slide(f)), mpps=(.5,1.)),
        Error('mpps', ('coarse','order')))
    yield case('magnifications that do not nest', lambda f: nested_grids(Slide(slide(f)), mpps=(1.,.3)),
        Error('mpps', ('whole','multiple')))
    yield case('a mask finer than the slide', lambda f: tissue_mask(Slide(slide(f)), mpp=0.), Error('mpp'))

# -- features -------------------------------------------------------------------------------------------------------------------

def h5(folder, name='s1.h5', **data):
    with h5py.File(folder/name, 'w') as f:
        for k,v in data.items(): f[k] = v
    return folder/name
x,xy = np.random.default_rng(0).normal(size=(6,8)).astype(np.float32),np.stack([np.arange(6)*256,np.zeros(6,int)], 1)
def same(got): return np.allclose(got[0], x) and (got[1]==xy).all()

def tensor(what, name='s1.pt'):
    def do(folder):
        torch.save(what() if callable(what) else what, folder/name)
        return read_features(folder/name)
    return do

def _features():
    def case(name, do, expect): return Case('features', f'fresh: {name}', do, expect)
    def store(change):
        def do(folder):
            path = feats(folder, ['s1','s2'])
            change(path)
            return FolderStore(path, case_of=lambda s: s)
        return do
    two = lambda s: set(s.slides)=={'s1','s2'}
    yield case("a Mac's shadow file", store(lambda p: (p/'._s1.h5').write_bytes(b'\0\5\x16\7')), two)
    yield case('what a file manager leaves', store(lambda p: [(p/o).write_bytes(b'x') for o in ('.DS_Store','Thumbs.db','desktop.ini')]),
        two)
    yield case('two forms of one slide', store(lambda p: torch.save(torch.zeros(5,8), p/'s1.pt')),
        two)            # the .h5 goes before, since it has places
    yield case('safetensors', store(lambda p: [o.rename(o.with_suffix('.safetensors')) for o in list(p.iterdir())]), Error('.h5'))
    yield case('two encoders', store(lambda p: write_features(p/'s3.h5', np.zeros((4,16),np.float32), xy[:4])), Error(('s3','s1'), '16'))
    yield case('a checkpoint of a notebook',
        store(lambda p: ((p/'.ipynb_checkpoints').mkdir(), write_features(p/'.ipynb_checkpoints'/'s1-checkpoint.h5',
        x, xy))), two)
    def nested(folder):
        path = feats(folder, ['s1','s2'])
        (folder/'20x_256px'/'features_uni').mkdir(parents=True)
        for o in list(path.iterdir()): o.rename(folder/'20x_256px'/'features_uni'/o.name)
        return FolderStore(folder/'20x_256px', case_of=lambda s: s)
    yield case("the folder above TRIDENT's", nested, (two, Error('features_uni')))

def _feature_files():
    def case(name, do, expect): return Case('features', f'fresh: {name}', do, expect)
    def filtered(folder):
        with h5py.File(folder/'s1.h5', 'w') as f:
            p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            p.set_chunk((6,8))
            p.set_filter(32001, h5py.h5z.FLAG_OPTIONAL, (0,)*7)
            d = h5py.h5d.create(f.id, b'features', h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((6,8)), p)
            d.write_direct_chunk((0,0), x.tobytes(), 0)
            f['coords'] = xy
        return read_features(folder/'s1.h5')
    yield case('a filter that is not installed', filtered, Error('s1.h5'))
    yield case('bfloat16', tensor(lambda: torch.tensor(x).bfloat16()), lambda g: np.abs(g[0]-x).max()<.02)
    yield case('a parameter', tensor(lambda: torch.nn.Parameter(torch.tensor(x))), lambda g: np.allclose(g[0], x))
    yield case('a sparse tensor', tensor(lambda: torch.tensor(x).to_sparse()),
        (lambda g: np.allclose(g[0], x), Error('s1.pt', ('sparse','dense'))))
    yield case('a quantised tensor', tensor(lambda: torch.quantize_per_tensor(torch.tensor(x), .05, 0, torch.qint8)),
        (lambda g: np.abs(g[0]-x).max()<.06, Error('s1.pt')))
    yield case('a tuple of features and names', tensor(lambda: (torch.tensor(x), ['t']*6)),
        (lambda g: np.allclose(g[0], x), Error('s1.pt')))
    yield case('boxes', lambda f: read_features(h5(f, features=x, coords=np.concatenate([xy,xy+256], 1))), same)
    yield case('boxes that begin with the row', lambda f: read_features(h5(f, features=x, coords=np.stack([xy[:,0],xy[:,1],xy[:,0]*0], 1))),
        Error('s1.h5', 'coord'))
    yield case('features lying on their side', lambda f: read_features(h5(f, features=x.T, coords=xy)), Error('s1.h5', ('8','6')))
    yield case('numbers of half precision that overflowed', lambda f: read_features(h5(f, features=(x*1e6).astype(np.float16), coords=xy)),
        Error('s1.h5', 'infinite'))
    def ann(folder, place=True, sparse=True, **kw):
        import anndata,scipy.sparse as sp
        a = anndata.AnnData(sp.csr_matrix(x) if sparse else x)
        if place: a.obsm['spatial'] = xy.astype(float)
        for k,v in kw.items(): setattr(a, k, v)
        a.write_h5ad(folder/'s1.h5ad')
        return read_features(folder/'s1.h5ad')
    yield case('AnnData of a sparse matrix', ann, (same, Error('s1.h5ad', 'dense')))
    yield case('AnnData without places', partial(ann, place=False, sparse=False), lambda g: np.allclose(g[0], x) and not g[1].any())
    yield case('a checkpoint instead of features', tensor(lambda: torch.nn.Linear(8,8).state_dict()), Error('s1.pt'))
    yield case('a table of slides as store', lambda f: Cohort.from_files(people(), slides=people(), **how),
        Error('slide', 'folder', 'store'))
    yield case('rows that do not exist', lambda f: read_features(h5(f, features=x, coords=xy), rows=[0,6]), Error('s1', '6'))
    yield case('rows by a mask', lambda f: read_features(h5(f, features=x, coords=xy), rows=np.arange(6)>3), (Error('s1', ('mask','rows')),
        lambda g: np.allclose(g[0], x[4:])))
    yield case('memory: places of other tiles', lambda f: MemoryStore({'s1':x}, {'s1':xy[:4]}, case_of=lambda s: s), Error('s1', '6', '4'))
    yield case('memory: a list of slides', lambda f: MemoryStore([x,x]), Error(('dict','name')))
    def grown(folder):
        path = feats(folder, ['s1','s2'])
        s = FolderStore(path, case_of=lambda s: s)
        write_features(path/'s1.h5', x[:2], xy[:2])
        return s.read('s1')
    yield case('a file that changed after it was opened', grown, (Error('s1'), lambda g: len(g[0])==2))

# -- queries --------------------------------------------------------------------------------------------------------------------

def _queries():
    t = people(**{'follow up':columns['months'], 'class':[1,2]*6, 'stage':['I','II',None,'III']*3}).set_index('case_id')
    def case(name, q, expect): return Case('queries', f'fresh: {name}', lambda _: safe_query(t, q), expect)
    def like(q): return lambda got: got.index.tolist()==t.query(q).index.tolist()
    yield case('a comparison within an and', 'age > 60 & sex == "m"', (like('age > 60 & sex == "m"'), Error('(')))
    yield case('a chain', '45 < age <= 61', lambda g: g.index.tolist()==t.index[(t.age>45)&(t.age<=61)].tolist())
    yield case('one equals sign', 'age = 60', Error('=='))
    yield case('quotes of a word processor', 'sex == “m”', Error(('quot','“')))
    yield case('a power of powers', '9**9**9**9 > age', Error('9**9'))
    yield case('a number as text', 'age > "60"', Error('age', 'number'))
    yield case('a word of Python as column', 'class == 1', (Error('class', '`'), lambda g: len(g)==6))
    yield case('a word of Python in backticks', '`class` == 1', lambda g: len(g)==6)
    yield case('a sign of mathematics', 'age ≥ 60', Error('>='))
    yield case('missing by itself', 'stage != stage', lambda g: len(g)==3)
    yield case('unequal where it is missing', 'stage != "I"', like('stage != "I"'))
    yield case('numbers as an answer', 'died', (Error('died', '=='), lambda g: len(g)==7))
    yield case('a semicolon', 'age > 60; sex == "m"', Error(('and','one',';')))
    yield case('a thousand brackets', '('*1000+'age > 60'+')'*1000,
        (Error(('letters','bracket','long','deep','nest')), lambda g: len(g)==6))
    yield case('ten thousand conditions', ' and '.join(['age > 1']*10000),
        (Error(('letters','long','deep','condition')), lambda g: len(g)==12))
    yield case('a walrus', '(a := 60) < age', Error((':=','age')))
    yield case('a value that nobody has', 'sex == "male"', (Error('sex', "'m'"), lambda g: len(g)==0))
    yield case('a comment behind', 'age > 60 # the old', (lambda g: len(g)==6, Error('#')))
    yield case('nothing', '', Error('query'))
    yield case('a number', 60, Error('query'))
    yield case('the index by its name', 'case_id in ["P01","P02"]', lambda g: g.index.tolist()==['P01','P02'])
    yield case('a name with a space', '`follow up` > 40', lambda g: len(g)==3)
    yield case('a list that is a word', 'sex in "mf"', (Error('sex', '['), lambda g: len(g)==12))
    yield case('SQL', "sex = 'm' AND age > 60", Error(('==','and')))
    yield case('lines', 'age > 60\nand sex == "m"',
        (lambda g: g.index.tolist()==t.index[(t.age>60)&(t.sex=='m')].tolist(), Error(('line','query'))))

# -- names ----------------------------------------------------------------------------------------------------------------------

def _names():
    def case(name, do, expect): return Case('names', f'fresh: {name}', do, expect)
    def unique(names): return lambda f: (lambda g: (len({o.casefold() for o in g.values()})==len(names),
        list(g.values())))(file_names(names))
    yield case('slides that differ by case alone', unique(['Slide','slide','SLIDE']), (lambda o: o[0], Error('Slide', 'slide')))
    yield case('words that Windows keeps', unique(['CON','nul','a.','a ','COM1']), lambda o: o[0] and not
        {'con','nul','com1'}&{v.split('.')[0].casefold() for v in o[1]} and not any(v[-1] in '. ' for v in o[1]))
    yield case('a name that is a number', unique([1,'1']), (lambda o: o[0], Error('1')))
    frame = pd.DataFrame({'a|b':['x|y','line\nbreak'], 'c':['`','<b>']})
    def pipes(text): return {line.replace('\\|','').count('|') for line in text.strip().split('\n')}
    yield case('pipes and lines in a table of Markdown', lambda f: md_table(frame), lambda m: pipes(m)=={3})
    odd = pd.DataFrame({'a':["=1+1","'=1+1","+1","-1","@x","\t=1","\r=1",'',"'", '-'], 'n':range(10)})
    yield case('formulas there and back', lambda f: with_formulas(no_formulas(odd)), lambda g: g.equals(odd))

def _gene_names():
    def case(name, do, expect): return Case('names', f'fresh: {name}', do, expect)
    def genes(names, **kw):
        def do(folder):
            df = pd.DataFrame(np.random.default_rng(0).normal(size=(12,len(names))), index=ids, columns=names)
            df.to_csv(folder/'expr.csv')
            return read_expression(folder/'expr.csv', scale='zscore', **kw)
        return do
    yield case('two genes that a spreadsheet made one date', genes(['1-Mar','TP53','KRAS']),
        (Error('1-Mar'), lambda e: '1-Mar' not in e.genes or e.log.what.str.contains('MARC1').any()))
    yield case('a gene without name', genes(['TP53','','KRAS']), (Error('expr.csv', 'name'), lambda e: len(e.genes)==2 and len(e.log)))
    yield case('genes by number', genes(['7157','3845','1956']), (lambda e: e.genes==['7157','3845','1956'], Error('orientation')))
    yield case('genes of a mouse asked for as a man has them', lambda f: genes(['Trp53','Kras','Egfr'])(f).select(['KRAS']),
        Error('KRAS', 'Kras'))
    def co(**kw): return Cohort.from_files(people(), endpoints={'OS':('months','died','months')}, **kw)
    yield case('an endpoint with a space behind', lambda f: co().target('OS '), (Error('OS'), lambda t: t.name=='OS'))
    yield case('a covariate in capitals', lambda f: co(covariates=['Age']), Error('Age', 'age'))
    yield case('covariates as a text', lambda f: co(covariates='age,sex'),
        (Error('covariates', 'list'), lambda c: list(c.covariates)==['age','sex']))
    yield case('an endpoint called as a column',
        lambda f: Cohort.from_files(people(), endpoints={'age':('months','died','months')}).target('age'),
        (lambda t: t.kind=='survival', Error('age')))
    def sets(text):
        def do(folder):
            (folder/'s.gmt').write_text(text)
            return read_gene_sets(folder/'s.gmt')
        return do
    yield case('a gene set that stands there twice', sets('A\tx\tTP53\tKRAS\nA\tx\tMYC\tEGFR\n'), Error('s.gmt', 'A'))
    yield case('a gene set without description', sets('A\tTP53\tKRAS\tMYC\nB\tMYC\tTP53\nC\tKRAS\tTP53\n'), Error('s.gmt', 'descr'))
    yield case('gene sets with Windows lines', sets('A\tx\tTP53\tKRAS\r\nB\tx\tMYC\r\n'),
        lambda g: list(g['A'])==['TP53','KRAS'] and list(g['B'])==['MYC'])
    yield case('gene sets that are a table', sets('set,gene\nA,TP53\n'), Error('s.gmt', 'tab'))

def _other_names():
    def case(name, do, expect): return Case('names', f'fresh: {name}', do, expect)
    def slides_of(name):
        def do(folder):
            (folder/'in').mkdir()
            slide(folder/'in', name)
            return tile_slides(folder/'in', folder/'out', workers=0, progress=False, tile_px=64)
        return do
    yield case('a slide called in another script', slides_of('组织 (1) 100% #2.svs'), lambda t: t.state.tolist()==['done'])
    yield case('a slide that begins with a dash', slides_of('-rf.svs'), lambda t: t.state.tolist()==['done'])
    yield case('a bag called as a path', lambda f: Cohort.from_files(people(), slides={'../x':feats(f, ids)}, **how),
        (Error('../x'), lambda c: list(c.bags)==['../x']))
    yield case('a cohort called as a path',
        lambda f: write_cohort(planted_cohort(20, n_tiles=(4,5), d=4, n_genes=12), f/'out', name='../evil'), Error('../evil'))

# -- splits ---------------------------------------------------------------------------------------------------------------------

@lru_cache
def planted(n=60, seed=5): return planted_cohort(n, seed=seed, n_tiles=(4,6), d=8, n_genes=30).cohort

def _splits():
    def case(name, do, expect): return Case('splits', f'fresh: {name}', do, expect)
    def t(): return planted().target('OS')
    def again(folder):
        write_splits(kfold(t(), 5), folder/'s.csv', 'mine')
        write_splits(kfold(t(), 3), folder/'s.csv', 'mine')
        return read_splits(folder/'s.csv', 'mine')
    yield case('three folds written over five', again, lambda s: len(s)==3)
    def read(text, name='splits_0.csv', **kw):
        def do(folder):
            (folder/name).write_text(text)
            return read_splits(folder/name, **kw)
        return do
    padded = ',train,val,test\n0,001,003,005\n1,002,,006\n2,004,,\n'
    yield case('numbers with zeros in columns that are padded', read(padded), lambda s: (s[0].train,s[0].valid,s[0].test)==
        (['001','002','004'],['003'],['005','006']))
    yield case('semicolons', read(padded.replace(',',';')), (lambda s: s[0].test==['005','006'], Error('splits_0.csv')))
    flags = ',train,val,test\n001,True,False,False\n002,True,False,False\n003,False,True,False\n004,False,False,True\n'
    yield case("CLAM's table of flags", read(flags), (lambda s: (s[0].train,s[0].valid,s[0].test)==(['001','002'],['003'],['004']),
        Error('splits_0.csv', ('True','flag','bool'))))
    yield case('JSON', read(json.dumps(dict(train=['a'], test=['b'])), 'splits.json'), Error('splits.json', 'csv'))
    yield case('the header in capitals', read(padded.replace('train,val,test','Train,Validation,Test')),
        (lambda s: len(s[0].test)==2, Error('splits_0.csv','train')))
    yield case('all of it in train', read(',train,val,test\n0,a,,\n1,b,,\n'), (Error('test'), lambda s: s[0].test==[]))
    yield case('a patient with a slide on each side', read(',train,val,test\n0,P1_A,P2_A,P1_B\n', case_of=lambda s: s[:2]),
        Error('P1', ('both sides','leak')))
    for what,n in (('True',True),('a float',2.5),('text','5'),('more than patients',99),('one',1)):
        yield case(f'folds: {what}', lambda f, n=n: kfold(t(), n), Error(('n=','n ','folds','cases')))
    yield case('a seed below zero', lambda f: kfold(t(), 3, seed=-1), Error('seed'))
    yield case('a seed that is None', lambda f: kfold(t(), 3, seed=None), Error('seed'))
    yield case('an inner part in percent', lambda f: inner_split(kfold(t(), 3)[0], t(), frac=20), Error('frac'))
    yield case('hospitals with a gap', lambda f: kfold(t(), 3, site=pd.Series(['a','b',None]*20, index=planted().cases)),
        Error('site', planted().cases[2]))
    yield case('hospitals by another index', lambda f: kfold(t(), 3, site=pd.Series(['a','b','c']*20)), Error('site', ('PC-0000','case')))
    yield case('hospitals as a list', lambda f: kfold(t(), 3, site=['a','b','c']*20), (Error('site', 'Series'), lambda s: len(s)==3))
    yield case('fewer hospitals than folds', lambda f: kfold(t(), 5, site=pd.Series(['a','b']*30, index=planted().cases)),
        Error(('site','hospital'), '2'))
    def there_and_back(folder):
        odd = ['NA','1e5','001','=1+1','x,y','a"b']
        write_splits(Splits([Fold('0', odd[:3], odd[3:])]), folder/'s.csv', 'mine')
        got = read_splits(folder/'s.csv', 'mine')[0]
        return got.train+got.test==odd,got
    yield case('odd names there and back', there_and_back, (lambda o: o[0], Error('NA')))
    yield case('a strata of a single class', lambda f: kfold(pd.Series('x', index=ids), 3), (lambda s: len(s)==3, Error(('class','one'))))
    yield case('a class of one patient', lambda f: kfold(pd.Series(['a']*11+['b'], index=ids), 3),
        (lambda s: len(s)==3 and sum('P12' in o.test for o in s)==1, Error('b')))
    yield case('patients twice in the labels', lambda f: kfold(pd.Series(['a','b']*6, index=[*ids[:11],'P01']), 3), Error('P01'))

# -- scores ---------------------------------------------------------------------------------------------------------------------

def _scores():
    def case(name, do, expect): return Case('statistics', f'fresh: {name}', lambda f: do(), expect)
    y = people().set_index('case_id')
    risk = pd.Series(-np.array(columns['months']), index=ids)
    mixed = risk.iloc[::-1]
    one = metrics.c_index(y.months, y.died, risk)
    fits = (Error('P01', ('order','index')), lambda v: np.isclose(v, one))
    yield case('columns in another order', lambda: metrics.c_index(y.months, y.died, mixed), fits)
    yield case('columns in another order, bootstrap', lambda: metrics.bootstrap_c_index(y.months, y.died, mixed, n_boot=20).value, fits)
    yield case('columns of other patients', lambda: metrics.c_index(y.months, y.died, risk.set_axis([f'Q{i}' for i in range(12)])),
        Error('P01', 'Q0'))
    yield case('curves of groups in another order', lambda: plots.kaplan_meier(y.months, y.died, y.sex.iloc[::-1]),
        Error('P01', ('order','index')))
    p = np.c_[np.linspace(0,1,12),1-np.linspace(0,1,12)]
    label = np.array([1,0]*6)
    yield case('probabilities in percent', lambda: metrics.brier(label, p*100), Error('prob'))
    yield case('logits as probabilities', lambda: metrics.brier(label, p*8-4), Error('prob'))
    yield case('classes from one', lambda: metrics.macro_auc(label+1, p), Error('label', '0'))
    yield case('a level in percent', lambda: metrics.bootstrap_c_index(y.months, y.died, risk, level=95), Error('level'))
    yield case('no replicate', lambda: metrics.bootstrap_c_index(y.months, y.died, risk, n_boot=0), Error('n_boot'))
    yield case('half a replicate', lambda: metrics.resamples(12, n_boot=10.5), Error('n_boot'))
    yield case('replicates of nobody', lambda: metrics.resamples(0), Error(('n','case')))
    yield case('p-values with a gap', lambda: holm([.01,np.nan,.03]),
        (Error('p'), lambda v: np.isnan(v[1]) and np.allclose(v[[0,2]], [.02,.03])))
    yield case('p-values above one', lambda: holm([.01,1.3]), Error('p', '1.3'))
    yield case('p-values of nobody', lambda: holm([]), (Error('p'), lambda v: len(v)==0))
    yield case('events with a gap',
        lambda: metrics.c_index(y.months, pd.array([None,*map(bool, columns['died'][1:])], dtype='boolean'), risk), Error('event'))
    yield case('thresholds in percent', lambda: plots.net_benefit(p[:,1], label, [5,10]), Error('threshold'))
    yield case('a threshold of certainty', lambda: plots.net_benefit(p[:,1], label, [.5,1.]),
        (Error('threshold', '1'), lambda v: np.isfinite(v).all()))
    yield case('groups of one risk', lambda: plots.risk_groups([1.]*12), (Error('risk'), lambda g: len(set(g))==1))
    yield case('groups of no name', lambda: plots.risk_groups(risk, names=('low',)), Error('names'))
    yield case('no bin', lambda: metrics.calibration_error(label, p, n_bins=0), Error('n_bins'))
    yield case('a horizon of nobody', lambda: plots.survival_bins([.5]*12, y.months, y.died, 1000), Error('1000'))
    yield case('curves lying on their side', lambda: metrics.brier_at(y.months, y.died, np.full((3,12), .5), [6,12,24], y.months, y.died),
        Error('(12, 3)'))
    yield case('a mean of one run', lambda: mean_interval([.7]), (Error(('one','two')), lambda e: e.value==.7 and np.isnan(e.lo)))
    yield case('a mean with a gap', lambda: mean_interval([.7,np.nan,.8]), Error(('missing','nan','finite')))
    yield case('a score that fails at times', lambda: metrics.bootstrap(lambda i: np.nan if i[0]%2 else 1., 12, n_boot=50),
        (Error(('nan','replicate','comput')),
        lambda e: e.value==1. or np.isnan(e.value)))
    yield case('a score of two numbers', lambda: metrics.bootstrap(lambda i: np.ones(2), 12, n_boot=20), Error(('one number','number')))
    yield case('all of them ties', lambda: metrics.c_index(y.months, y.died, np.zeros(12)), lambda v: v==.5)
    yield case('risk of a tensor with gradient',
        lambda: metrics.c_index(y.months, y.died, torch.tensor(risk.to_numpy(), requires_grad=True)), lambda v: np.isclose(v, one))
    yield case('a table as risk', lambda: metrics.c_index(y.months, y.died, pd.DataFrame(dict(risk=risk, surv=risk))),
        Error('risk', '(12, 2)'))
    yield case('no overlap of two predictors', lambda: metrics.bootstrap_c_index(y.months, y.died, risk, against=risk[:6]),
        Error('12', '6'))
    yield case('months that are text', lambda: metrics.km_table(y.months.astype(str).tolist()[:11]+['long'], y.died), Error('time'))

# -- models ---------------------------------------------------------------------------------------------------------------------

def crossed(**kw):
    def do(folder): return cross_validate(planted(), kw.get('target','OS'), **dict(n_folds=3, rows=[null_row(),clinical_row()], n_boot=20)|
        {k:v for k,v in kw.items() if k!='target'})
    return do

def fold3(c=None): return kfold((c or planted()).target('OS'), 3)[0]
def loaders(**kw):
    c = kw.pop('cohort', None) or planted()
    f = inner_split(fold3(c), c.target('OS'))
    return cohort_dls(c, kw.pop('target','OS'), f, **dict(bs=16)|kw)

def _models():
    def case(name, do, expect): return Case('models', f'fresh: {name}', do, expect)
    for name,kw,word in (('one fold',dict(n_folds=1),'fold'), ('folds as text',dict(n_folds='3'),'n_folds'),
        ('no seed',dict(seeds=[]),'seed'), ('a seed twice',dict(seeds=[1,1]),'seed'), ('half a seed',dict(seeds=[1.5]),'seed'),
        ('no repeat',dict(n_repeats=0),'n_repeats'), ('no process',dict(n_jobs=0),'n_jobs'), ('half a process',dict(n_jobs=1.5),'n_jobs'),
        ('no epoch',dict(rows=None,epochs=0),'epochs'), ('half an epoch',dict(rows=None,epochs=2.5),'epochs'),
            ('members below zero',dict(rows=None,members=-1),'members'),
        ('an empty batch',dict(rows=None,bs=0),'bs'), ('no tile',dict(rows=None,n_tiles=0),'n_tiles'), ('no row',dict(rows=[]),'row'),
        ('rows by name',dict(rows=['clinical']),'row'), ('a row twice',dict(rows=[clinical_row(),clinical_row()]),'clinical'),
        ('one row without a list',dict(rows=clinical_row()),'row'), ('an endpoint in small letters',dict(target='os'),'OS'),
        ('a table as splits',dict(splits=pd.DataFrame(dict(train=['a']))),'splits'),
            ('one fold as splits',dict(splits=Fold('0',['a'],['b'])),'splits'),
        ('an unknown setting of loaders',dict(rows=None,fast=False,epochs=1,dls_kw=dict(batch=3)),'batch'),
        ('a maker that makes nothing',dict(rows=None,epochs=1,make=lambda dls, **kw: None),'make'),
            ('fast as text',dict(rows=None,fast='no'),'fast')):
        yield case(f'cross_validate: {name}', crossed(**kw), Error(word))
    yield case('cross_validate: a seed without a list', crossed(seeds=3), lambda r: r.task['seeds']==[3])
    yield case('cross_validate: rows of a generator', crossed(rows=(o for o in [null_row(),clinical_row()])),
        (lambda r: set(r.table.row)=={'null','clinical'}, Error('row')))
    def onto_file(folder):
        (folder/'cache').write_text('mine')
        with untouched(folder/'cache'): return crossed(path=folder/'cache')(folder)
    yield case('cross_validate: kept at a file', onto_file, Error('cache', 'folder'))
    def garbage(folder):
        a = crossed(path=folder/'cache')(folder)
        for o in (folder/'cache').rglob('*'):
            if o.is_file(): o.write_bytes(o.read_bytes()[:50])
        return a.table,crossed(path=folder/'cache')(folder).table
    yield case('cross_validate: what was kept is cut off', garbage, (lambda o: o[0].equals(o[1]), Error('cache')))

def _keys():
    def case(name, do, expect): return Case('models', f'fresh: {name}', do, expect)
    def key(c=None, row=None, seed=0, f=None): return result_key(row or linear_row(('expr',)),
        Job((c or planted()), planted().target('OS'), f or fold3(), seed, [12.]))
    def other(change): return lambda f: (key(),key(change()))
    differ,equal = (lambda o: o[0]!=o[1]),(lambda o: o[0]==o[1])
    def gene(v=None, scale=None):
        e = planted().expr
        df = e.df.copy()
        if v is not None: df.iloc[3,2] += v
        return planted().with_(expr=Expression(df, scale or e.scale))
    yield case('key: a digit of a gene', other(lambda: gene(1e-3)), differ)
    yield case('key: the same numbers again', other(lambda: gene(0.)), equal)
    yield case('key: two genes change names',
        other(lambda: planted().with_(expr=Expression(planted().expr.df.rename(columns=dict(zip(planted().expr.genes[:2],
        planted().expr.genes[1::-1]))), planted().expr.scale))), differ)
    yield case('key: another name of the cohort', other(lambda: planted().with_(name='again')), equal)
    yield case('key: a setting', lambda f: (key(),key(row=linear_row(('expr',), penalty=.2))), differ)
    yield case('key: a closure', lambda f: tuple(key(row=neural_row('slide', ('slide',), make=(lambda n: lambda dls,
        **kw: n)(n))) for n in (1,2)), differ)
    yield case('key: a default value', lambda f: tuple(key(row=neural_row('slide', ('slide',), make=m)) for m in
        ((lambda dls, n=1, **kw: n),(lambda dls, n=2, **kw: n))), differ)
    yield case('key: a partial', lambda f: tuple(key(row=neural_row('slide', ('slide',), make=partial(survival_learner,
        n_bins=n))) for n in (4,5)), differ)
    yield case('key: true is not one', lambda f: (fingerprint(dict(a=True)),fingerprint(dict(a=1))), differ)
    yield case('key: a set in any order', lambda f: (fingerprint({'a','b','c'}),fingerprint({'c','b','a'})), equal)
    yield case('key: a text is not its list', lambda f: (fingerprint(['ab']),fingerprint(['a','b'])), differ)
    yield case('key: a tensor turned', lambda f: (fingerprint(torch.arange(6).reshape(2,3)),fingerprint(torch.arange(6).reshape(3,2))),
        differ)
    yield case('key: a view of an array', lambda f: (fingerprint(np.arange(6)[::2]),fingerprint(np.array([0,2,4]))), equal)
    def ring():
        a = []
        a.append(a)
        return fingerprint(a)
    yield case('key: a list that holds itself', lambda f: ring(), (Error(('itself','circular','holds')), lambda v: isinstance(v,str)))

def _learners():
    def case(name, do, expect): return Case('models', f'fresh: {name}', do, expect)
    for name,do,word in (('a bag misspelt',lambda: loaders(use=('slides',)),'slides'),
        ('no tile',lambda: loaders(n_tiles=0),'n_tiles'), ('an empty batch',lambda: loaders(bs=0),'bs'),
            ('a scaler misspelt',lambda: loaders(scaler='zscore'),'scaler'),
        ('workers below zero',lambda: loaders(num_workers=-1),'num_workers'),
            ('a device that is not there',lambda: loaders(device='cuda:9'),'cuda:9'),
        ('survival by a learner of classes',lambda: classification_learner(loaders()),'survival'),
            ('a loss in capitals',lambda: survival_learner(loaders(), loss='Cox'),'cox'),
        ('a single bin',lambda: survival_learner(loaders(), loss='nll', n_bins=1),'bins'),
            ('a cohort as loaders',lambda: survival_learner(planted()),'loaders'),
        ('a rate that is no number',lambda: quiet_fit(survival_learner(loaders(), lr=float('nan')), 1),'lr'),
            ('a rate below zero',lambda: quiet_fit(survival_learner(loaders(), lr=-1.), 1),'lr'),
        ('epochs below zero',lambda: quiet_fit(survival_learner(loaders()), -1),'epoch'),
            ('a patient nobody knows',lambda: survival_learner(loaders()).predict('nobody'),'nobody'),
        ('a monitor nobody records',lambda: quiet_fit(survival_learner(loaders(), cbs=SaveBest('c-index')), 1),'c_index')):
        yield case(f'learner: {name}', lambda f, do=do: do(), Error(word))

def _predictors():
    def case(name, do, expect): return Case('models', f'fresh: {name}', do, expect)
    @lru_cache
    def model(row='expr'): return fit_final(planted(), 'OS', linear_row(('expr',)) if row=='expr' else clinical_row())
    def news(**kw): return planted_cohort(20, seed=9, n_tiles=(4,6), d=8, n_genes=30, **kw).cohort
    for name,kw,word in (('horizons below zero',dict(horizons=[-5]),'horizon'), ('strangers',dict(cases=['nobody']),'nobody'),
        ('a share of two',dict(most_missing=2.),'most_missing'),
        ('horizons as text',dict(horizons='12'),'horizon'), ('a case twice',dict(cases=['PC-0001','PC-0001']),'PC-0001')):
        yield case(f'predictor: {name}', lambda f, kw=kw: model().predict(news(), **kw), Error(word))
    yield case('predictor: nobody', lambda f: model().predict(news(), cases=[]), lambda t: len(t)==0)
    yield case('learner: one part by its name', lambda f: loaders(use='slide').one_batch()[0],
        lambda b: len(b.bags)==2 and b.clin.shape[1]==0)
    yield case('predictor: genes of another scale',
        lambda f: model().predict(news().with_(expr=Expression(news().expr.df*40+200, 'zscore'))), Error(('scale','expr')))
    yield case('predictor: genes in capitals and small letters',
        lambda f: model().predict(news().with_(expr=Expression(news().expr.df.rename(columns=str.lower), 'zscore'))),
        Error('gene'))
    yield case('predictor: no genes', lambda f: model().predict(news().with_(expr=None)), Error('expr'))
    yield case('predictor: age in months',
        lambda f: model('clin').predict(news().with_(clinical=news().clinical.assign(age=news().clinical.age*12))), (Error('age'),
            lambda t: t.doubts.str.contains('is outside 36 to 87').all()))
    yield case('predictor: a table instead of a cohort', lambda f: model().predict(news().expr.df), Error('cohort'))
    def tampered(change):
        def do(folder):
            model().save(folder/'m')
            change(folder/'m')
            return load_predictor(folder/'m')
        return do
    def edit(m, old, new): (m/'model.json').write_text((m/'model.json').read_text().replace(old, new, 1))
    yield case('predictor: weights of another',
        tampered(lambda m: (model('clin').save(m.parent/'n'), (m.parent/'n'/'weights.safetensors').replace(m/'weights.safetensors'))),
            Error('m'))
    yield case('predictor: weights that are gone', tampered(lambda m: (m/'weights.safetensors').unlink()), Error('weights.safetensors'))
    yield case('predictor: cut off', tampered(lambda m: (m/'model.json').write_text((m/'model.json').read_text()[:99])),
        Error('/m', 'copy it again'))
    yield case('predictor: a page of the web', tampered(lambda m: (m/'model.json').write_text('<html>')), Error('/m', 'copy it again'))
    yield case('predictor: the file of it', lambda f: (model().save(f/'m'), load_predictor(f/'m'/'model.json'))[1],
        Error('model.json', 'folder'))
    yield case('predictor: a class of the system', tampered(lambda m: edit(m, 'mmpath.evaluate.rows', 'subprocess')), Error('subprocess'))
    def over(folder):
        (folder/'m').mkdir()
        (folder/'m'/'card.md').write_text('my own notes')
        with untouched(folder/'m'/'card.md'): return model().save(folder/'m')
    yield case('predictor: saved into a folder of mine', over, Error('card.md'))
    yield case('predictor: a row that has no result', lambda f: fit_final(planted(), 'OS', linear_row(('expr',)), crossed()(f)),
        Error(('expression, linear',)))

# -- processes ------------------------------------------------------------------------------------------------------------------

def _run_files(folder):
    c = planted()
    written(folder, c.clinical[['age']].join(c.endpoints['OS']).rename_axis('case_id').reset_index())
    return ['--clinical', folder/'patients.csv',
        '--time','time','--event','event','--unit','months','--rows','simple','--folds','3','--n-boot','20','--out',folder/'out']

def ran(*words, f=mmpath_run, drop=()):
    def do(folder):
        line = list(map(str, _run_files(folder)))
        for o in drop: del line[(i := line.index(o)):i+2]
        return in_child(f, [*line,*(str(o).replace('FOLDER',str(folder)) for o in words)])
    return do

def _processes():
    def case(name, do, expect): return Case('processes', f'fresh: {name}', do, expect)
    fine = lambda o: o[0]==0
    yield case('run: as it should be', ran(), fine)
    yield case('run: an option cut short', ran('--fold', '4'), lambda o: o[0]==0 and '4 of 4 folds' in o[1])
    for name,words,said in (('folds of a word',['--folds','many'],('folds',)), ('a row nobody knows',['--rows','xgboost'],('xgboost',)),
        ('no replicate',['--n-boot','0'],(('n-boot','n_boot'),)), ('seeds of words',['--seeds','a,b'],('seeds',)),
            ('a target nobody has',['--target','PFS'],('PFS',)),
        ('no process',['--n-jobs','0'],(('n-jobs','n_jobs'),)), ('epochs below zero',['--epochs','-3'],('epochs',)),
            ('a model nobody fits',['--model','gpt'],('gpt',)),
        ('a site nobody has',['--site','ward'],('ward',)),
            ('an external cohort that is gone',['--external','other=FOLDER/gone'],('gone',)),
                ('a covariate nobody has',['--covariates','age,weight'],('weight',)),
        ('a unit nobody knows',['--unit','fortnights'],('unit','months'))):
        yield case(f'run: {name}', ran(*words), Stops(*said))
    yield case('run: onto a file', lambda f: ((f/'out').write_text('x'), ran()(f))[1], Stops('out'))
    yield case('run: a toml with a key misspelt',
        lambda f: ((f/'run.toml').write_text('clinicl = "a.csv"\n'), in_child(mmpath_run, [str(f/'run.toml')]))[1], Stops('clinicl',
            'clinical'))
    yield case('run: a toml of Windows Notepad',
        lambda f: ((f/'run.toml').write_bytes(b'\xef\xbb\xbffolds = "3"\r\n'), ran(f/'run.toml')(f))[1], fine)
    yield case('run: a toml with a path of Windows',
        lambda f: ((f/'run.toml').write_text('clinical = "C:\\users\\me"\n'), in_child(mmpath_run, [str(f/'run.toml')]))[1],
            Stops('run.toml', ("'", 'backslash')))
    yield case('run: a toml that is gone', lambda f: in_child(mmpath_run, [str(f/'run.toml')]), Stops('run.toml'))
    def nowhere(folder):
        line = list(map(str, _run_files(folder)))
        def go():
            (folder/'w').mkdir()
            os.chdir(folder/'w')
            (folder/'w').rmdir()
            mmpath_run(line)
        return in_child(go)
    yield case('run: in a folder that was deleted', nowhere, fine)
    def deaf(folder):
        line = list(map(str, _run_files(folder)))
        def go():
            r,w = os.pipe()
            os.close(r)
            os.dup2(w, 1)
            mmpath_run(line)
        got = in_child(go)
        return got,(folder/'out'/'report.html').exists()
    yield case('run: nobody reads what it says', deaf, lambda o: 'Traceback' not in o[0][1])
    def ascii_only(folder):
        line = [*map(str, _run_files(folder)),'--name','Größe 组织']
        def go():
            sys.stdout = os.fdopen(os.dup(1), 'w', encoding='ascii')
            mmpath_run(line)
        return in_child(go)
    yield case('run: a terminal of plain letters', ascii_only, fine)

def _predict():
    def case(name, do, expect): return Case('processes', f'fresh: {name}', do, expect)
    def predicted(*words, make=True):
        def do(folder):
            if make: fit_final(planted(), 'OS', clinical_row()).save(folder/'m')
            written(folder, people(is_female=[0,1]*6), 'new.csv')
            return in_child(mmpath_predict, [str(o).replace('FOLDER',str(folder)) for o in words])
        return do
    yield case('predict: without a table', predicted('FOLDER/m'), Stops('clinical'))
    yield case('predict: of a folder that holds no model', predicted('FOLDER', '--clinical', 'FOLDER/new.csv', make=False),
        Stops('is no model', 'save'))
    yield case('predict: a share in percent', predicted('FOLDER/m', '--clinical', 'FOLDER/new.csv', '--most-missing', '10'),
        Stops(('most-missing','most_missing')))
    yield case('predict: out is the table of patients', predicted('FOLDER/m', '--clinical', 'FOLDER/new.csv', '--out', 'FOLDER/new.csv'),
        Stops('new.csv'))
    yield case('predict: out of another ending', predicted('FOLDER/m', '--clinical', 'FOLDER/new.csv', '--out', 'FOLDER/p.xlsx'),
        (Stops('p.xlsx', 'csv')))

def _commands():
    def case(name, do, expect): return Case('processes', f'fresh: {name}', do, expect)
    for name,f,words,said in (('tile: no folder',cli.tile,['FOLDER/gone','FOLDER/out'],('gone',)),
        ('tile: mpp of a word',cli.tile,['FOLDER','FOLDER/out','--mpp','20x'],('mpp',)),
        ('tile: an empty folder',cli.tile,['FOLDER','FOLDER/out'],('slide',)),
            ('embed: an encoder misspelt',cli.embed,['FOLDER/in','FOLDER/out','--encoder','unni'],('unni','uni')),
        ('embed: workers below zero',cli.embed,['FOLDER/in','FOLDER/out','--workers','-2'],('workers',)),
            ('embed: a device that is not there',cli.embed,['FOLDER/in','FOLDER/out','--device','cuda:9'],('cuda:9',)),
        ('doctor: what is not there',cli.doctor,['FOLDER/gone'],('gone',)),
            ('demo: a cohort without data',cli.demo,['--cohort','luad','--out','FOLDER/out'],('data',)),
        ('demo: one patient',cli.demo,['--cases','1','--out','FOLDER/out'],('cases',)),
            ('course: a session nobody wrote',course,['FOLDER/out','--only','99'],('99',)),
        ('course: out is a file',course,['FOLDER/a.txt'],('a.txt',))):
        def do(folder, f=f, words=words, name=name):
            (folder/'in').mkdir()
            slide(folder/'in')
            (folder/'a.txt').write_text('mine')
            (folder/'e').mkdir()
            if 'empty' in name: words = [str(words[0])+'/e',*words[1:]]
            with untouched(folder/'a.txt'): return command(f, *(str(o).replace('FOLDER',str(folder)) for o in words))
        yield case(name, do, Stops(*said))
    from mmpath.cli import fetch
    def fetched(*cohorts, **kw): return lambda f: in_child(lambda: fetch.__wrapped__(*cohorts, out=str(f), **kw))
    yield case('fetch: a cohort nobody has', fetched('skcm', yes=True), Stops('skcm', 'luad'))
    yield case('fetch: nobody to answer', fetched('luad', server='http://127.0.0.1:9'), Stops(('--yes','yes')))

# -- disks ----------------------------------------------------------------------------------------------------------------------

def batch(folder): return tile_slides(folder, folder/'out', workers=0, progress=False, tile_px=64)

def _disks():
    def case(name, do, expect): return Case('disks', f'fresh: {name}', do, expect)
    def inside(folder):
        slide(folder, 'a.svs')
        pink().save(folder/'b.png')
        return [sorted(embed_slides(folder, folder/'out', workers=0, progress=False, tile_px=64, mpp=.5,
            images=True).slide) for t in range(2)]
    yield case('results below the pictures they came from', inside, (lambda o: o[0]==o[1]==['a','b'], Error('out')))
    def stems(folder):
        for o in 'xy': (folder/o).mkdir(), slide(folder/o, 's1.svs', cells=4+2*(o=='y'))
        return batch(folder)
    yield case('two slides of a name in two folders', stems,
        lambda t: (t.state=='failed').all() and t.reason.str.contains('2 slides are called s1').all())
    def exchanged(folder):
        p = slide(folder, 's1.svs', cells=6)
        a = batch(folder).tiles[0]
        when = p.stat().st_mtime_ns
        synth_slide(p, np.pad(np.full((3,3),3), ((0,3),(0,3)), constant_values=-1), cell_px=128)
        os.utime(p, ns=(when,when))
        return a,batch(folder).tiles[0]
    yield case('another slide of the same name and date', exchanged, lambda o: o[1]<o[0])
    def future(folder):
        p = slide(folder, 's1.svs')
        batch(folder)
        os.utime(p, (4e9,4e9))
        return batch(folder)
    yield case('a slide of the year 2096', future, lambda t: t.state.tolist()==['done'])
    def status_folder(folder):
        slide(folder, 's1.svs')
        batch(folder)
        status = next((folder/'out').rglob('status.csv'))
        status.unlink()
        status.mkdir()
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter('always')
            return batch(folder),' '.join(str(o.message) for o in told)
    yield case('a folder where the status belongs', status_folder,
        lambda o: o[0].state.tolist()==['done'] and 'status.csv could not be written' in o[1])

def _rights():
    def case(name, do, expect): return Case('disks', f'fresh: {name}', do, expect)
    def masked(folder):
        slide(folder, 's1.svs')
        def go():
            os.umask(0o777)
            print(batch(folder).state.tolist())
        return in_child(go)
    yield case('a mask that forbids everything', masked, lambda o: 'done' in o[1] or ('Error' in o[1] and 'out' in o[1]))
    def no_tmp(folder):
        slide(folder, 's1.svs')
        def go():
            import tempfile
            os.environ['TMPDIR'] = str(folder/'gone')
            tempfile.tempdir = str(folder/'gone')
            print(batch(folder).state.tolist())
        return in_child(go)
    yield case('no room for what is temporary', no_tmp, lambda o: o[0]==0 and 'done' in o[1])
    def at_itself(folder):
        (folder/'in').mkdir()
        p = slide(folder/'in', 's1.svs')
        with untouched(p): return tile_slides(folder/'in', folder/'in', workers=0, progress=False, tile_px=64)
    yield case('out is the folder of slides', at_itself, (Error('in'), lambda t: t.state.tolist()==['done']))

def _outputs():
    def case(name, do, expect): return Case('disks', f'fresh: {name}', do, expect)
    def report_on_folder(folder):
        (folder/'report.html').mkdir()
        return write_report(crossed()(folder), folder/'report.html')
    yield case('a folder where the report belongs', report_on_folder, Error('report.html', 'folder'))
    def ending(folder): return write_report(crossed()(folder), folder/'report.pdf')
    yield case('a report called pdf', ending, Error('report.pdf', 'html'))
    def saved_over(folder):
        (folder/'r').mkdir()
        (folder/'r'/'notes.txt').write_text('mine')
        with untouched(folder/'r'/'notes.txt'): return crossed()(folder).save(folder/'r')
    yield case('results over a folder of mine', saved_over, Error('r could', 'choose another name'))
    def onto_dir(folder):
        (folder/'s1.h5').mkdir()
        return write_features(folder/'s1.h5', x, xy)
    yield case('a folder where features belong', onto_dir, Error('s1.h5', 'folder'))
    yield case('a figure of no ending', lambda f: plots.save_figure(plots.confusion([0,1],[0,1],['a','b']), f/'fig'), Error('fig', '.'))
    yield case('folds onto a file',
        lambda f: ((f/'s').write_text('mine'), write_splits(kfold(planted().target('OS'), 3), f/'s', 'mine'))[1], Error('s.csv'))
    yield case('a folder that was named from here, read from there',
        lambda f: (os.chdir(f), feats(f, ids), (lambda s: (os.chdir('/'), len(s.read('P01')[0]))[1])
        (FolderStore('feats', case_of=lambda s: s)))[2], (lambda n: n==5, Error('P01', 'feats')))

# -- wider: ten more of each kind that failed ---------------------------------------------------------------------------------------

def _other_kinds():
    "An object of another kind at a front door"
    def case(kind, name, do, *words): return Case(kind, f'fresh: another kind: {name}', do, Error(*words))
    table = planted().clinical
    yield case('models', 'cross_validate of a table', lambda f: cross_validate(table, 'OS'), 'DataFrame', 'cohort')
    yield case('models', 'cross_validate of a path', lambda f: cross_validate('patients.csv', 'OS'), 'patients.csv', 'cohort')
    yield case('splits', 'folds of a table', lambda f: kfold(table, 3), 'DataFrame', 'target')
    yield case('splits', 'folds of the name of an endpoint', lambda f: kfold('OS', 3), 'OS', 'target')
    yield case('splits', 'an inner split of all folds', lambda f: inner_split(kfold(planted().target('OS'), 3), planted().target('OS')),
        'Splits', 'fold')
    yield case('models', 'loaders of a table', lambda f: cohort_dls(table, 'OS', fold3()), 'DataFrame', 'cohort')
    yield case('models', 'loaders of all folds', lambda f: cohort_dls(planted(), 'OS', kfold(planted().target('OS'), 3)), 'Splits', 'fold')
    yield case('models', 'a final fit of the name of a row', lambda f: fit_final(planted(), 'OS', 'clinical'), 'clinical', 'row')
    yield case('models', 'a final fit of a table', lambda f: fit_final(table, 'OS', clinical_row()), 'DataFrame', 'cohort')
    yield case('geometry', 'tissue of a path', lambda f: tissue_mask(slide(f)), 'Slide(')
    yield case('geometry', 'tiles of a path', lambda f: tile_grid(str(slide(f))), 'Slide(')
    yield case('geometry', 'tiles of a mask', lambda f: tile_grid(Slide(slide(f)), np.ones((9,9), bool)), 'ndarray', 'tissue_mask')
    yield case('geometry', 'one tile of a path', lambda f: read_tile(slide(f), 0, 0), 'Slide(')
    yield case('features', 'features of a slide without its tiles', lambda f: encode_slide(Slide(slide(f))), 'tile_grid')
    yield case('statistics', 'a report of a table', lambda f: write_report(table, f/'r.html'), 'DataFrame', 'cross_validate')
    yield case('statistics', 'a forest of results', lambda f: plots.forest(crossed()(f)), 'Results', 'table')
    yield case('splits', 'folds to write as a dict', lambda f: write_splits(dict(train=['a']), f/'s.csv'), 'splits', 'Fold')
    yield case('statistics', 'a comparison with a row nobody fitted', lambda f: crossed()(f).compare('clinical', 'fused'), 'fused', 'null')
    yield case('models', 'an average of names', lambda f: average_row(['clinical','fused']), 'clinical', 'row')
    yield case('names', 'gene sets as a list', lambda f: GeneSets([['TP53','KRAS']]), 'list', 'name')

def _texts_for_lists():
    "A text where a list of names belongs"
    def case(kind, name, do, *expect): return Case(kind, f'fresh: a text for a list: {name}', do, expect)
    yield case('names', 'one gene', lambda f: planted().expr.select('TP53'), Error('TP53', ('list','[')))
    yield case('names', 'genes to read',
        lambda f: (planted().expr.df.to_csv(f/'e.csv'), read_expression(f/'e.csv', scale='zscore', genes='TP53'))[1], Error('TP53',
            ('list','[')))
    yield case('names', 'one case of a cohort', lambda f: planted().subset('PC-0001'), Error('PC-0001', ('list','[')), lambda c: len(c)==1)
    yield case('names', 'one case of a target', lambda f: planted().target('OS').subset('PC-0001'), Error('PC-0001', ('list','[')),
        lambda c: len(c.cases)==1)
    yield case('names', 'a part', lambda f: planted().complete('OS', 'slide'), lambda c: len(c)==60, Error('slide', ('list','[')))
    yield case('models', 'one part of a linear row', lambda f: linear_row('expr').parts, lambda p: tuple(p)==('expr',),
        Error('expr', ('list','[')))
    yield case('models', 'one part of a kernel row', lambda f: kernel_row('expr').parts, lambda p: tuple(p)==('expr',),
        Error('expr', ('list','[')))
    yield case('models', 'one covariate of a row', lambda f: clinical_row('age').columns(planted()), lambda c: list(c)==['age'],
        Error('age', ('list','[')))
    yield case('models', 'one covariate of loaders',
        lambda f: cohort_dls(planted(), 'OS', fold3(), use=['clin'], covariates='age').one_batch()[0].clin.shape[1],
        lambda n: n==1, Error('age', ('list','[')))
    yield case('values', 'one covariate to fit', lambda f: Covariates('age').fit(planted().clinical).names, lambda n: len(n)==1,
        Error('age', ('list','[')))
    yield case('statistics', 'one horizon', lambda f: fit_final(planted(), 'OS', clinical_row(), horizons='12'), Error('12', ('list','[')))
    yield case('statistics', 'horizons of a score', lambda f: metrics.brier_at([5.,9.], [1,0], [[.5],[.5]], '6', [5.,9.], [1,0]),
        Error('horizons'))
    yield case('geometry', 'a magnification', lambda f: nested_grids(Slide(slide(f)), mpps='1.0'), Error('mpps'))
    yield case('ids', 'cases of an expression table', lambda f: planted().expr.subset('PC-0001'), Error('PC-0001', ('list','[')),
        lambda e: len(e)==1)
    yield case('splits', 'cases of a fold', lambda f: fold3().restrict('PC-0001'), Error(('PC-0001','P'), ('list','[')))

def _other_orders():
    "Columns whose cases stand in another order: put in order, or told"
    def case(name, do, expect): return Case('statistics', f'fresh: another order: {name}', lambda f: do(), expect)
    def told(**kw): return Error(('order','cases','index'))
    y = people().set_index('case_id')
    y = y.assign(time=y.months, event=y.died)
    rng = np.random.default_rng(0)
    x = pd.DataFrame(rng.normal(size=(12,3)), index=ids, columns=list('abc'))
    group = pd.Series(['a','b']*6, index=ids)
    p = pd.Series(np.linspace(.05,.95,12), index=ids)
    def same_or_told(f, *args, at):
        "The result with one column turned round is that of all in one order"
        turned = [o.iloc[::-1] if i==at else o for i,o in enumerate(args)]
        return lambda: (f(*args),f(*turned))
    def alike(o):
        a,b = (np.asarray(v, float) if not isinstance(v,
            (pd.DataFrame,pd.Series)) else v.select_dtypes('number').to_numpy() if isinstance(v, pd.DataFrame) else v.to_numpy() for v in o)
        return np.allclose(a, b, equal_nan=True)
    yield case('a Cox model', same_or_told(lambda a,b: np.asarray(cox_model(a, b, .1).beta), x, y[['time','event']], at=1), (alike, told()))
    yield case('a logistic model', same_or_told(lambda a,b: np.asarray(logistic_model(a, b, ['0','1'], .1).beta), x, y.died, at=1),
        (alike, told()))
    yield case('a ranking of genes', same_or_told(lambda a,b: cox_ranking(a, b).sort_index(), x, y[['time','event']], at=1),
        (alike, told()))
    yield case('a decision curve', same_or_told(lambda a,b: plots.net_benefit(a, b, [.2,.5]), p, y.died, at=1), (alike, told()))
    yield case('decision curves of several', lambda: plots.decision_curve(dict(a=p, b=p.iloc[::-1]), y.died), told())
    yield case('a table of errors', lambda: plots.confusion(y.died, y.died.iloc[::-1], ['no','yes']), told())
    yield case('bins of classes', same_or_told(lambda a,b: plots.class_bins(a, pd.DataFrame({0:1-b, 1:b})), y.died, p, at=1),
        (alike, told()))
    yield case('curves over months', lambda: plots.time_auc(dict(a=p, b=p.iloc[::-1]), y.months, y.died, n_boot=5), told())
    yield case('risk groups within folds', same_or_told(lambda a,b: plots.risk_groups(a, b).codes, p, group, at=1), (alike, told()))
    yield case('neighbours of a class', same_or_told(lambda a,b: neighbour_purity(a, b, k=3, n_perm=10).observed, x, group, at=1),
        (alike, told()))
    yield case('slides and genes', same_or_told(lambda a,b: modality_gap(a, b).sort_index(), x, x+.1, at=1), (alike, told()))
    yield case('shares and activity',
        same_or_told(lambda a,b: associate(a, b).sort_index(), x.abs(), x.rename(columns=str.upper)*2+rng.normal(size=(12,3)), at=1),
            (alike, told()))
    yield case('a slope', same_or_told(lambda a,b: calibration_slope(a, y.months, b), -y.months/20, y.died, at=1), (alike, told()))
    yield case('a curve of patients', same_or_told(lambda a,b: metrics.km_table(a, b).s.to_numpy()[:3], y.months, y.died, at=1),
        (alike, told()))

def _ignored():
    "Settings that nothing would read"
    def case(kind, name, do, *words): return Case(kind, f'fresh: nobody reads it: {name}', do, Error(*words))
    yield case('models', 'epochs beside rows', crossed(epochs=50), 'epochs')
    yield case('models', 'a setting that does not exist', crossed(n_fold=3), 'n_fold')
    yield case('models', 'seeds of one model', lambda f: neural_row('a', ['expr'], members=0, seeds=3), 'seeds', 'members')
    yield case('models', 'options of a model beside the model',
        lambda f: survival_learner(loaders(), model=LateFusion(loaders(use=('slide','expr')).dims, 1, use=('slide','expr')),
            model_kw=dict(d=8)), 'model_kw')
    yield case('tables', 'endpoints beside time',
        lambda f: Cohort.from_files(people(), endpoints={'OS':('months','died','months')}, time='age', event='died'), 'endpoints', 'time')
    yield case('ids', 'a pattern beside a function', joined(ids, ids, slide_pattern='(.+)', case_of=lambda s: s), 'slide_pattern',
        'case_of')
    yield case('ids', 'a pattern beside a table of slides',
        joined(ids, ids, slide_pattern='(.+)', slide_table=pd.DataFrame(dict(slide=ids, case_id=ids))), 'slide_pattern', 'slide_table')
    yield case('features', 'weights of an encoder without any', lambda f: encoder('stain', weights='uni.bin'), 'weights')
    yield case('features', 'an option of no encoder', lambda f: encoder('stain', poool='cls'), 'poool')
    yield case('features', 'options of a batch',
        lambda f: embed_slides(slide(f), f/'out', 'stain', options=dict(weight='x'), workers=0, progress=False), 'weight')
    yield case('geometry', 'upsampling inside larger tiles',
        lambda f: tile_slides(slide(f), f/'out', coarse=1., upsample=True, workers=0, progress=False), 'upsample')
    yield case('statistics', 'a horizon without follow-up', lambda f: plots.net_benefit([.2,.8], [0,1], [.5], horizon=12), 'time',
        'horizon')

def _written_over():
    "What is read must not be written over"
    def case(kind, name, do, *expect): return Case(kind, f'fresh: read and written: {name}', do, expect)
    def course_home(folder):
        from mmpath.course.copies import notebook_bytes,session_template,write_copies
        (folder/'01_a.ipynb').write_bytes(notebook_bytes(session_template()))
        with untouched(folder/'01_a.ipynb'): return write_copies(folder, folder, overwrite=True)
    yield case('disks', 'copies of a course over the course', course_home, Error(('source','folder')))
    def table_in_out(folder):
        line = list(map(str, _run_files(folder)))
        (folder/'out').mkdir()
        (folder/'patients.csv').rename(folder/'out'/'predictions.csv')
        line[1] = str(folder/'out'/'predictions.csv')
        with untouched(folder/'out'/'predictions.csv'): return in_child(mmpath_run, line)
    yield case('disks', 'a run into the folder of its table', table_in_out, Stops('predictions.csv'))
    def gz(folder):
        (folder/'s.csv').write_text('case_id,fold\na,0\nb,1\n')
        with untouched(folder/'s.csv'): return write_splits(read_splits(folder/'s.csv'), folder/'s.csv.gz')
    yield case('disks', 'folds beside their file', gz, lambda p: p.exists())
    def same_h5(folder):
        h5(folder, features=x, coords=xy)
        got = read_features(folder/'s1.h5')
        return write_features(folder/'s1.h5', got[0]*2, got[1]),read_features(folder/'s1.h5')
    yield case('disks', 'features over their file', same_h5, lambda o: np.allclose(o[1][0], x*2))

# -- what surrounds a call: settings of other libraries, objects that are shared, cohorts at the edge -----------------------------------

def _settings():
    "Settings of pandas, numpy and torch that a user may have made"
    def case(kind, name, do, expect): return Case(kind, f'fresh: surroundings: {name}', do, expect)
    def small(): return crossed(rows=[clinical_row(),linear_row(['expr'])])(None).table.pooled.dropna().round(6).tolist()
    def strings(folder):
        usual = as_planned(opened(folder))
        with pd.option_context('future.infer_string', True): return usual,as_planned(opened(folder)),small()==small()
    yield case('tables', 'strings of pandas 3', strings, lambda o: all(o))
    def strict(folder):
        usual = small()
        memo.kept.clear()
        with np.errstate(all='raise'): return usual,small()
    yield case('models', 'numpy raises on any doubt', strict, lambda o: o[0]==o[1])
    def double(folder):
        torch.set_default_dtype(torch.float64)
        try:
            learn = survival_learner(loaders(), seed=0)
            quiet_fit(learn, 1)
            return learn.predict_cases().risk
        finally: torch.set_default_dtype(torch.float32)
    yield case('models', 'torch in double precision', double, lambda r: np.isfinite(r).all())
    def hashed(folder):
        import subprocess
        code = "from mmpath.data.keys import fingerprint as f; print(f({'a','b','c',('d',1)}), f(dict(x={'k','l'})))"
        return {subprocess.run([sys.executable,'-c',code], capture_output=True, text=True, env=os.environ|dict(PYTHONHASHSEED=h)).stdout
            for h in ('1','2','77')}
    yield case('models', 'the order of sets in another process', hashed, lambda o: len(o)==1 and len(o.pop())>20)

def _at_once():
    def case(kind, name, do, expect): return Case(kind, f'fresh: surroundings: {name}', do, expect)
    def several(folder): return [crossed(n_jobs=n)(folder).preds.drop(columns='seconds', errors='ignore') for n in (1,2)]
    yield case('processes', 'two processes and one', several, lambda o: o[0].equals(o[1]))
    def threads(folder):
        from concurrent.futures import ThreadPoolExecutor
        store = FolderStore(feats(folder, ids, n=200), case_of=lambda s: s)
        alone = [store.read(o)[0] for o in ids]
        with ThreadPoolExecutor(8) as pool: many = list(pool.map(lambda o: store.read(o)[0], ids*20))
        return all((a==b).all() for a,b in zip(alone*20, many))
    yield case('processes', 'features read by eight threads', threads, lambda o: o)
    yield case('tables', 'a path of bytes', lambda f: Cohort.from_files(str(written(f, people())).encode(), **how),
        (as_planned, Error('clinical', 'path')))
    def like(folder):
        class Ours(os.PathLike):
            def __fspath__(self): return str(written(folder, people()))
        return Cohort.from_files(Ours(), **how)
    yield case('tables', "a path of one's own kind", like, (as_planned, Error('clinical', 'path')))
    yield case('tables', 'an open file', lambda f: Cohort.from_files(open(written(f, people())), **how), Error('clinical', 'path'))

def _shared():
    "Objects that are changed after they were handed over, or by whom they were handed to"
    def case(kind, name, do, expect): return Case(kind, f'fresh: shared: {name}', do, expect)
    def clinical(folder):
        df = people().set_index('case_id')
        c = Cohort('mine', df, endpoints={'OS':df.rename(columns=dict(months='time', died='event'))[['time','event']]}, covariates=['age'])
        before = fingerprint(c.clinical)
        df.loc['P01','age'] = 999
        return before,fingerprint(c.clinical)
    yield case('tables', 'a clinical table that is changed later', clinical, lambda o: o[0]==o[1])
    def genes(folder):
        df = planted().expr.df.astype(float).copy()
        e = Expression(df, 'zscore')
        before = float(e.df.iloc[0,0])
        df.iloc[0,0] = 99
        return before,float(e.df.iloc[0,0])
    yield case('values', 'genes that are changed later', genes, lambda o: o[0]==o[1])
    def tiles(folder):
        a = x.copy()
        m = MemoryStore({'s1':a}, case_of=lambda s: s)
        a[:] = 0
        return m.read('s1')[0]
    yield case('features', 'features that are changed later', tiles, lambda got: np.allclose(got, x))
    def read(folder):
        m = MemoryStore({'s1':x.copy()}, case_of=lambda s: s)
        m.read('s1')[0][:] = 0
        return m.read('s1')[0]
    yield case('features', 'what was read is changed', read, lambda got: np.allclose(got, x))
    def folds(folder):
        train = list(ids[:6])
        f = Fold('0', train, ids[6:])
        train.append('P12')
        return f.train
    yield case('splits', 'a list of cases that grows later', folds, lambda t: t==ids[:6])
    def untouched_cohort(folder):
        c = planted_cohort(40, seed=3, n_tiles=(4,5), d=4, n_genes=12).cohort
        before = fingerprint((c.clinical, c.expr.df, c.endpoints))
        cross_validate(c, 'OS', n_folds=3, rows=[clinical_row(),linear_row(['expr','slide'])], n_boot=20)
        fit_final(c, 'OS', linear_row(['expr','clin'])).predict(c)
        return before,fingerprint((c.clinical, c.expr.df, c.endpoints))
    yield case('models', 'a cohort that was cross-validated', untouched_cohort, lambda o: o[0]==o[1])
    def table(folder):
        df = pd.DataFrame(dict(a=['=1','x']))
        no_formulas(df)
        return df.a.tolist()
    yield case('names', 'a table that was made safe', table, lambda o: o==['=1','x'])
    def preds(folder):
        r = crossed()(folder)
        before = r.table.to_csv()
        r.summary().loc[:,'pooled'] = 0
        r.row_preds('clinical').loc[:,'risk'] = 0
        return before,r.table.to_csv(),r.preds.risk.abs().sum()
    yield case('statistics', 'results whose summary is changed', preds, lambda o: o[0]==o[1] and o[2]>0)

def _edges():
    "Cohorts at the edge of what can be learnt from: finite numbers, or a sentence"
    def case(name, expect, **change):
        def do(folder):
            c,y = planted(),planted().endpoints['OS'].copy()
            clin = c.clinical.copy()
            if 'y' in change: y = change['y'](y)
            if 'clin' in change: clin = change['clin'](clin)
            expr = c.expr if 'genes' not in change else Expression(change['genes'](c.expr.df.copy()), 'zscore')
            new = Cohort('edge', clin, expr, c.bags, {'OS':y}, covariates=['age'])
            rows = [null_row(), clinical_row(), linear_row(['expr']), linear_row(['slide']), kernel_row(['expr','slide'])]
            return cross_validate(new, 'OS', n_folds=3, rows=rows, n_boot=20)
        return Case('statistics', f'fresh: edge: {name}', do, expect)
    def finite(r): return np.isfinite(r.preds.risk).all() and r.table.pooled[r.table.metric=='c_index'].between(0,1).all()
    yield case('everybody had the event', finite, y=lambda y: y.assign(event=1))
    yield case('nobody had the event', Error(('OS','fold'), 'no event'), y=lambda y: y.assign(event=0))
    yield case('a single event', Error(('event','fewer folds')), y=lambda y: y.assign(event=[1]+[0]*59))
    yield case('one time for all', (finite, Error(('pair','followed','time'))), y=lambda y: y.assign(time=12.))
    yield case('months of zero', finite, y=lambda y: y.assign(time=y.time.where(np.arange(60)%5>0, 0.)))
    yield case('years as months', finite, y=lambda y: y.assign(time=y.time/12))
    yield case('one age for all', (finite, Error('age', 'varies', 'leave')), clin=lambda c: c.assign(age=60))
    yield case('one gene', finite, genes=lambda g: g.iloc[:,:1])
    yield case('genes that do not vary', (finite, Error(('vary','same','constant'), 'leave')), genes=lambda g: g*0+1.5)
    yield case('a gene of enormous spread', finite, genes=lambda g: g.assign(**{g.columns[0]:g.iloc[:,0]*1e30}))
    yield case('a gene that half of the patients share', finite, genes=lambda g: g.assign(**{g.columns[0]:np.arange(60)%2*1.}))
    yield case('age that is the outcome', (finite, Error('age', 'tells', 'leave')),
        clin=lambda c: c.assign(age=planted().endpoints['OS'].time.reindex(c.index)))
    yield case('age of a few', (finite, Error('age')), clin=lambda c: c.assign(age=c.age.where(np.arange(60)<4)))
    yield case('fifteen patients', (finite, Error(('fold','pair','event'))), y=lambda y: y.iloc[:15])
    yield case('four patients', Error(('fold','cases','event','pair')), y=lambda y: y.iloc[:4])

parts = (_tables, _values, _ids, _geometry, _features, _feature_files, _queries, _names, _gene_names, _other_names, _splits, _scores,
    _models, _keys, _learners, _predictors, _processes, _predict, _commands, _disks, _rights, _outputs,
    _other_kinds, _texts_for_lists, _other_orders, _ignored, _written_over, _settings, _at_once, _shared, _edges)

def cases():
    for part in parts: yield from part()
