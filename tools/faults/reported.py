"""What people reported once, by the smallest call that showed it: a case each, of what no case elsewhere asks."""
import copy,gc,json,pickle,re,resource,tempfile,unicodedata,warnings,zipfile
from functools import lru_cache,partial
import h5py, numpy as np, pandas as pd, tifffile, torch
from PIL import Image
from case import Case,Error,Stops,Unsafe,in_child
from features import _Evil,x,xy
from fresh import columns,feats,fold3,how,ids,loaders,opened,people,pink,planted,slide
from geometry import leica,ome,tiff
from models import _cohort,_dls,_learner,_resume,_saved
from processes import command,slides
from mmpath import cli,metrics,plots
from mmpath.all import *
from mmpath.doctor import doctor
from mmpath.tables.query import safe_query
from mmpath.wsi.batch import slide_table

genes = ['TP53','EGFR','MYC','KRAS','PTEN']
def said(o): return lambda got: all(w in str(got) for w in ([o] if isinstance(o,str) else o))
def table_of(names, columns=genes, seed=0):
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(len(names),len(columns))), index=names, columns=columns)

def read_text(text, read, name='t.csv'):
    "Read a file of these letters, or bytes"
    def do(folder):
        (folder/name).write_bytes(text if isinstance(text,bytes) else text.encode())
        return read(folder/name)
    return do

# -- tables and cells ------------------------------------------------------------------------------------------------------------------

def _tables():
    def case(name, do, *expect): return Case('tables', f'reported: {name}', do, expect)
    one = {'': 'slide\na.svs\nb.svs\n', ', Windows lines': 'slide\r\na.svs\r\nb.svs\r\n', ', no last newline': 'slide\na.svs\nb.svs',
        ', BOM': '\ufeffslide\na.svs\nb.svs\n', ', folders': 'slide\nin/slides/a.svs\nin/slides/b.svs\n'}
    for what,text in one.items():
        yield case(f'a slide table of one column{what}', read_text(text, slide_table), lambda t: list(t.name)==['a','b'])
    yield case('resolutions with a decimal comma', read_text('slide,mpp\na.svs,"0,25"\n', slide_table), lambda t: list(t.mpp)==[.25])
    lines = people().to_csv(index=False).splitlines()
    comma = '\n'.join([lines[0],*(f'{o},' for o in lines[1:])])+'\n'
    yield case('a comma behind each line but the first', read_text(comma, partial(Cohort.from_files, **how)),
        lambda c: c.cases==ids, Error('t.csv', 'line'))
    halves = [f'{m+.5:.1f}'.replace('.',',') for m in columns['months']]
    mixed = [h if i%2 else h.split(',')[0] for i,h in enumerate(halves)]
    for what,months in (('',halves), (' among whole numbers',mixed)):
        want = sorted(float(o.replace(',','.')) for o in months)
        yield case(f'months with decimal commas{what}', lambda f,m=months: opened(f, people(months=m)), lambda c,w=want:
            sorted(next(iter(c.endpoints.values())).time)==w, Error('months', ',5'))
    years = pd.DataFrame(dict(case_id=[f'c{i}' for i in range(60)], age=[f'{40+i},5' for i in range(60)], died=[0,1]*30)).assign(months=5)
    yield case('ages with decimal commas', lambda f: opened(f, years, covariates=['age']).clinical.age.dtype.kind,
        lambda kind: kind=='f', Error('age', ',5'))
    heads = '#Patient Identifier\tAge\tMonths\tStatus\n#Id\tAge\tMonths\tStatus\n#STRING\tNUMBER\tNUMBER\tSTRING\n#1\t1\t1\t1\n'
    rows = ''.join(f'{o}\t{50+i}\t{i+1}.5\t{i%2}:{("LIVING","DECEASED")[i%2]}\n' for i,o in enumerate(ids))
    patients = heads+'PATIENT_ID\tAGE\tOS_MONTHS\tOS_STATUS\n'+rows
    for who,read in dict(cohort=partial(Cohort.from_files, case='PATIENT_ID'), rows=partial(read_clinical, case='PATIENT_ID')).items():
        yield case(f'the four comment lines of cBioPortal, {who}', read_text(patients, read, 'data_clinical_patient.txt'),
            lambda c: len(c)==12)
    yield case('the four comment lines of cBioPortal, doctor', read_text(patients, doctor, 'data_clinical_patient.txt'),
        said(['a clinical table','OS: 12 cases, 6 events']))
    wide = ',train,val,test\n0,a,c,d\n1,b,,\n'
    yield case('CLAM folds, doctor', read_text(wide, doctor, 'splits_0.csv'), said(['published folds','1 folds, 4 cases']))
    several = dict(case_id=['p0','p0','p1','p2'], slide_id=['s0','s1','s2','s3'], label=['normal','tumour','tumour','normal'])
    label = pd.DataFrame(several).to_csv(index=False)
    yield case("CLAM's table of slides", read_text(label, Cohort.from_files), Error('label', 'p0', 'per_slide'))
    yield case("CLAM's table of slides, told", read_text(label, partial(Cohort.from_files, per_slide=['label'])), lambda c: len(c)==3)
    yield case('memory of a large table', _peak, lambda times: times<8)

def _peak(folder):
    "How many times the size of a table is taken to read it"
    names,numbers = [f'TCGA-00-{i:04d}-01A' for i in range(2000)],np.random.default_rng(0).random((8000,2000), dtype=np.float32)
    pd.DataFrame(numbers, [f'GENE{i}' for i in range(8000)], names).to_parquet(folder/'e.parquet')
    def do():
        def rss(): return int(open('/proc/self/statm').read().split()[1])*resource.getpagesize()
        before = rss()
        e = read_expression(folder/'e.parquet')
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss*1024-before)/e.df.memory_usage().sum())
    gc.collect()
    return float(in_child(do)[1].split()[-1])

def _values():
    def case(name, do, *expect): return Case('values', f'reported: {name}', do, expect)
    df = pd.DataFrame(dict(case_id=[f'c{i}' for i in range(100)], m=np.arange(100)+1., s=['0:Progression free','1:Progressed']*50))
    yield case('cBioPortal: progression free', lambda f: survival_endpoint(df, 'm', 's', 'months')[0],
        lambda y: (len(y),y.event.sum())==(100,50))
    odd = people(grade=[' G1','G1','g1','nan','NA','[Not Available]',"'--",'not reported','G2','G2','G2','G1'])
    for what,made in (('frame',lambda f: Cohort.from_files(odd, **how)), ('file',lambda f: opened(f, odd))):
        yield case(f'words for missing among class labels, {what}', lambda f,m=made: m(f).target('grade'),
            lambda t: (t.classes,len(t))==(['G1','G2'],7))
    def query(folder):
        grade = pd.Categorical(np.where(np.arange(60)<3, 'IV', np.where(np.arange(60)%2, 'II', 'III')))
        c = planted().with_(clinical=planted().clinical.assign(grade=grade)).query("grade != 'IV'")
        return cross_validate(c, 'grade', rows=[clinical_row()], n_folds=3, n_boot=20).task['classes']
    yield case('a category without one of its labels', query, lambda o: o==['II','III'])
    def expression(df, read=read_expression, name='e.csv', **kw):
        def do(folder):
            df.to_csv(folder/name)
            return read(folder/name, **kw)
        return do
    dates = table_of(ids, ['2-Sep','1-Mar','44441','TP53','EGFR'])
    yield case('genes that a spreadsheet made dates', expression(dates), lambda e: set(e.log['item'])=={'2-Sep','1-Mar','44441'})
    yield case('genes that a spreadsheet made dates, doctor', expression(dates, doctor), said(['SEPTIN2','MARCHF1']))
    twice = table_of(ids, ['TP53','EGFR','TP53','MYC'])
    yield case('a gene in two columns', expression(twice), Error('TP53', 'duplicates='))
    yield case('a gene in two rows', expression(twice.T, orientation='gene x case'), Error('TP53', 'duplicates='))
    counted = table_of([*ids], [*genes,'N_unmapped','N_multimapping','N_noFeature','N_ambiguous','__no_feature','__ambiguous']).T
    yield case('rows that count reads', expression(counted), lambda e: e.genes==genes and len(e.log)==6)
    yield case('rows that count reads, doctor', expression(counted, doctor), lambda d: 'such as TP53' in str(d) and 'N_unmapped' not in
        str(d).split('genes such as')[1].split('\n')[0])
    yield case('row numbers before the cases', expression(table_of(ids).rename_axis('case_id').reset_index()), lambda e: e.cases==ids)
    yield case('a number beyond single precision', lambda f: Expression(table_of(ids).replace(table_of(ids).iloc[1,1], 1e300), 'zscore'),
        Error('EGFR', 'P02'))
    def by_ids(folder, **kw):
        table_of(ids, [f'X{i}_at' for i in range(6)]).to_csv(folder/'e.csv')
        return Cohort.from_files(people(), folder/'e.csv', **how|kw).expr.genes
    yield case('genes of an array, turned by the patients', by_ids, lambda g: len(g)==6)
    yield case('genes of an array, turned by a word', partial(by_ids, orientation='case x gene'), lambda g: len(g)==6)
    versions = [f'ENSG{i:011d}.5' for i in range(20)]
    sets = GeneSets({'TUM_A':[o[:15] for o in versions[:10]], 'TME_B':[o[:15] for o in versions[10:]]})
    yield case('versions of Ensembl ids', lambda f: gene_subspaces(versions, sets, tumour='planted'), Error('version'),
        lambda s: len(s.tumour)==10)

# -- names, folds, what is kept --------------------------------------------------------------------------------------------------------

def _ids():
    def case(name, do, *expect): return Case('ids', f'reported: {name}', do, expect)
    def zeros(folder):
        names = [f'{i:03d}' for i in range(60,160)]
        pd.DataFrame(dict(case_id=names, months=range(1,101), died=[0,1]*50)).to_csv(folder/'c.csv', index=False)
        table_of(range(60,160)).to_csv(folder/'e.csv')
        return Cohort.from_files(folder/'c.csv', folder/'e.csv', **how)
    yield case('zeros that a table of genes has lost', zeros,
        lambda c: len(c)==len(c.having('expr'))==100 or said("'060'")(c.audit.to_string()),
        Error('060', '60'))
    four = dict(months=[1.,2,3,4], died=[1,0,1,0])
    def composed(folder):
        names = [f'M\u00fcller_{i:02d}' for i in range(4)]
        feats(folder, [unicodedata.normalize('NFD', o) for o in names])
        return Cohort.from_files(pd.DataFrame(dict(case_id=names, **four)), slides=folder/'feats', **how)
    yield case('composed names, decomposed files', composed, lambda c: (len(c),len(c.having('slide')))==(4,4))
    def blanks(folder):
        table_of(['P1','P2 ',' P3','P4']).to_csv(folder/'e.csv')
        (folder/'c.csv').write_text('case_id,months,died\nP1 ,1,1\nP2,2,0\nP3,3,1\nP4,4,0\n')
        return Cohort.from_files(folder/'c.csv', folder/'e.csv', **how)
    yield case('blanks around names', blanks, lambda c: c.cases==sorted(c.having('expr'))==['P1','P2','P3','P4'])
    def dots(folder):
        table_of([f'TCGA.AA.{1000+i}.{"11A" if i%3==0 else "01A"}' for i in range(30)]).to_csv(folder/'e.csv')
        return read_expression(folder/'e.csv')
    yield case("R's dots, and normal tissue among them", dots, lambda e: len(e)==20 and e.cases[0]=='TCGA-AA-1001' and
        e.log.what.str.contains('normal').sum()==10)
    tcga = [f'TCGA-AA-A00{i}' for i in (1,2,3)]
    clinical = pd.DataFrame(dict(project_id='TCGA-BRCA', case_id=tcga, months=[1.,2,3], died=[1,0,1]))
    def joined(of, *names, **kw):
        def do(folder):
            feats(folder, names)
            return Cohort.from_files(of, slides=folder/'feats', **how|kw)
        return do
    diagnostic = [f'{o}-01Z-00-DX1' for o in tcga]
    other = ['TCGA-AA-A001-11A-01-TS1','TCGA-AA-A002-11A-01-TS1','TCGA-AA-A002-01A-01-BS1']
    yield case('slides as TCGA names them', joined(clinical, *diagnostic), lambda c: len(c.having('slide'))==3)
    yield case('normal and frozen slides beside', joined(clinical, *diagnostic[1:], *other), lambda c: c.bags['slide'].slides==
        {o:[f'{o}-01Z-00-DX1'] for o in tcga[1:]} and said(['normal tissue','frozen'])(c.audit.reason.str.cat()))
    def looked(folder): return doctor(feats(folder, [*diagnostic[1:],*other]))
    yield case('normal and frozen slides beside, doctor', looked,
        said(['5 feature files of 2 cases','2 files are of normal tissue','a frozen slide']))
    yield case('a column of projects, the case by another name', joined(clinical.rename(columns=dict(case_id='patient')), *diagnostic),
        lambda c: len(c.having('slide'))==3)
    yield case('a column of projects in a table of slides', joined(clinical, 'a', 'b', 'c', slide_table=pd.DataFrame(dict(
        project='TCGA-BRCA', slide=list('abc'), patient=tcga))), lambda c: len(c.having('slide'))==3)
    from lifelines.datasets import load_rossi
    weeks = dict(time='week', event='arrest', unit='weeks')
    yield case('a table without ids', lambda f: Cohort.from_files(load_rossi(), **weeks), Error('case', ('each row','row is')))
    yield case('a table without ids, its rows named', lambda f: Cohort.from_files(load_rossi().rename_axis('case_id'), **weeks),
        lambda c: len(c)==432)
    yield case('a table without ids, ids given', lambda f: Cohort.from_files(load_rossi().assign(case_id=range(432)), **weeks),
        lambda c: len(c)==432)

def _folds():
    def case(name, do, *expect): return Case('splits', f'reported: {name}', do, expect)
    cases = planted().target('OS').cases
    a,b,c = cases[:20],cases[20:40],cases[40:]
    def crossed(folds): return lambda f: cross_validate(planted(), 'OS', Splits(folds), rows=[clinical_row()], n_boot=20)
    yield case('one test set in two folds', crossed([Fold('x',a+b,c), Fold('y',a,c)]), Error('20 cases', 'x, y'))
    yield case('two folds of a name', crossed([Fold('x',a+b,c), Fold('x',a+c,b)]), Error('x', 'a name of its own'))
    yield case('a stranger in a fold', crossed([Fold('x',[*a,'zz'],c)]), Error('zz'))
    died = int(planted().target('OS').y.event[c].sum())
    yield case('events of those held out', crossed([Fold('x',a+b,c)]), lambda r: set(zip(r.table.n,r.table.events))=={(20,died)})
    penalties = [clinical_row(),clinical_row(penalty=10)]
    yield case('two rows of a name', lambda f: cross_validate(planted(), 'OS', rows=penalties, n_folds=3), Error('clinical', 'its own'))
    ab = 'fold,split,case_id\n0,train,P1_a\n0,train,P2_a\n0,test,P1_b\n'
    yield case('two samples of a patient', read_text(ab, partial(read_splits, case_of=lambda s: s.split('_')[0])),
        Error('P1', 'both sides'))
    numbers = 'fold,split,case_id\n0,train,1.0\n0,train,3.0\n0,test,2.0\n'
    yield case('cases called 1.0', read_text(numbers, read_splits), lambda s: s[0].test==['2'])
    def scores(c, rows, **kw):
        r = cross_validate(c, 'OS', rows=rows, n_folds=2, n_boot=20, **kw)
        return r.table.pooled.dropna().round(9).tolist()
    def again(change, rows):
        "Scores of a changed cohort, in the folder of the old one and in none"
        def do(folder):
            def run(c, **kw): return scores(c, rows(), **kw)
            old = run(planted(), path=folder/'parts')
            return old,run(change(planted()), path=folder/'parts'),run(change(planted()))
        return do
    def other_tiles(c):
        store,bag = next(iter(c.bags.values())),next(iter(c.bags))
        rng,whose = np.random.default_rng(9),{s:k for k,some in store.slides.items() for s in some}
        tiles = {s:rng.normal(size=store.read(s)[0].shape).astype(np.float32) for s in whose}
        return c.with_(bags={bag:MemoryStore(tiles, case_of=whose)})
    def other_ages(c): return c.with_(clinical=c.clinical.assign(age=np.random.default_rng(1).permutation(c.clinical.age)))
    is_new = lambda o: o[1]==o[2]!=o[0]
    yield case('other slides in the folder of an older run', again(other_tiles, lambda: [linear_row(['slide'])]), is_new)
    yield case('other ages in the folder of an older run', again(other_ages, lambda: [clinical_row()]), is_new)
    row = linear_row(['slide'])
    def second(folder):
        new = other_tiles(planted())
        return scores(planted(), [row]),scores(new, [row]),scores(new, [linear_row(['slide'])])
    yield case('one row for two cohorts whose cases have the same names', second, is_new)

# -- what is asked and shown -----------------------------------------------------------------------------------------------------------

def _shown():
    def attack(do):
        def tried(folder):
            canary = folder.parent/'CANARY'
            q = f"@pd.io.common.os.system('touch {canary}')==1"
            try: return do(folder, q)
            finally:
                if canary.exists(): raise Unsafe('the query ran a command')
        return tried
    def demo(folder, q):
        write_cohort(planted_cohort(40, n_tiles=(4,5), d=4, n_genes=12), folder/'data', name='lusc')
        return command(cli.demo, '--data', folder/'data', '--cohort', 'lusc', '--query', q, '--out', folder/'o')
    yield Case('queries', 'reported: an attack on mmpath-demo', attack(demo), Stops('query', '@'))
    yield Case('queries', 'reported: an attack on the explorer', attack(lambda f,q: CohortView(planted()).filter(q)), Error('@'))
    yield Case('queries', 'reported: an attack by a method', lambda f: safe_query(people().set_index('case_id'), f"age.to_csv('{f}/x')"),
        Error('to_csv'))
    bad = '<img src=x onerror="window.PWN=1"><script>window.PWN=1</script>'
    def page(folder):
        from nbconvert.filters import markdown2html
        c = Cohort.from_files(people(**{bad:[0,1]*6}), name=bad, endpoints={bad:('months','died','months')}, covariates=['age'], note=bad)
        r = cross_validate(c, bad, rows=[null_row()], n_folds=2, n_boot=20)
        return ' '.join(markdown2html(o._repr_markdown_()) for o in (c,r))
    yield Case('names', 'reported: a notebook whose outputs hold scripts', page,
        lambda html: 'PWN' in html and '<img src=x' not in html and '<script>window.PWN' not in html)
    def sheet(folder):
        named = clinical_row()
        named.name = '=HYPERLINK("http://x")'
        cross_validate(planted(), 'OS', rows=[named], n_folds=3, n_boot=20).save(folder/'results.csv')
        return (folder/'results.csv').read_text()
    yield Case('names', 'reported: a row whose name is a formula', sheet, lambda t: '\n=' not in t and '\n"=' not in t and 'HYPERLINK' in t)

# -- training, weights, checkpoints ----------------------------------------------------------------------------------------------------

def broken(dls, **kw):
    "A learner whose weights are no numbers"
    learn = survival_learner(dls, **kw)
    with torch.no_grad():
        for p in learn.model.parameters(): p.fill_(float('nan'))
    return learn

def _training():
    def case(name, do, *expect): return Case('models', f'reported: {name}', do, expect)
    def crossed(**kw): return lambda f: cross_validate(planted(), 'OS', rows=[neural_row('e', ['expr'], **kw)], n_folds=3, n_boot=20)
    yield case('a model of NaN', crossed(make=broken, epochs=1), Error(('nan','missing','broken')))
    yield case('a rate of 1e30', crossed(lr=1e30, epochs=3), Error('nan', 'learning rate', '1e+30'))
    yield case('predictions of a model of NaN', lambda f: broken(_dls()).predict_cases(_dls().test), Error('weights are broken'))
    yield case('one case in a batch', crossed(epochs=2, bs=1), Error('bs'))
    yield case('one case in a batch, a loss that needs no pair',
        lambda f: quiet_fit(survival_learner(loaders(bs=1, use='expr'), loss='nll'), 1), lambda o: True)

def _weights():
    def case(name, do, *expect): return Case('features', f'reported: {name}', do, expect)
    def loaded(make):
        def do(folder):
            path,learn = _saved(folder),make()
            before = copy.deepcopy(learn.model.state_dict())
            try: return learn.load_weights(path)
            finally:
                if any(not torch.equal(v, before[k]) for k,v in learn.model.state_dict().items()): raise AssertionError('half loaded')
        return do
    yield case('weights of another loss', loaded(lambda: survival_learner(_dls(), loss='nll')), Error('m.safetensors', 'loss'))
    yield case('weights of another size', loaded(lambda: survival_learner(_dls(), model_kw=dict(d=7))), Error('m.safetensors', 'model'))
    def resumed(make, **kw):
        def do(folder):
            _resume(folder, 2)
            learn = make()
            with learn.no_bar(), learn.no_logging(): learn.fit_resume(3, folder/'c.pt', **kw)
        return do
    cases = _cohort().complete('OS', ('slide','expr'))
    other = Fold(1, cases[:-12], cases[-6:], cases[-12:-6])
    yield case('a checkpoint of another fold', resumed(lambda: survival_learner(_dls(fold=other))), Error('c.pt', 'cases'))
    yield case('a checkpoint of another model', resumed(lambda: survival_learner(_dls(), model_kw=dict(d=7))), Error('c.pt'))
    yield case('a checkpoint, another rate', resumed(_learner, lr=.5), Error('c.pt', 'lr'))

def advice(do):
    "What is said of a file that is refused"
    def tried(folder):
        try: return do(folder)
        except ValueError as e: return str(e)
    return tried

def _dangerous():
    def case(name, do, *expect): return Case('features', f'reported: {name}', do, expect)
    def evil_checkpoint(folder):
        torch.save(_Evil(folder.parent/'CANARY'), folder/'c.pt')
        return _resume(folder)
    yield case('what is said of a dangerous checkpoint', advice(evil_checkpoint), lambda s: 'weights_only' not in s and 'c.pt' in s)
    def released(save):
        def do(folder):
            canary = folder.parent/'CANARY'
            save(folder/'m.pt', canary)
            try: return load_released(folder/'m.pt')
            finally:
                if canary.exists(): raise Unsafe('code of the file ran')
        return do
    for what,save in {'by torch.save':lambda p,c: torch.save(_Evil(c), p), 'by pickle':lambda p,c: p.write_bytes(pickle.dumps(_Evil(c))),
        'in a dict':lambda p,c: torch.save({'wsi_encoder.a':_Evil(c)}, p), 'garbage':lambda p,c: p.write_bytes(b'x'*99)}.items():
        yield case(f'published weights: code {what}', released(save), Error('m.pt'))
        yield case(f'published weights: code {what}, what is said', advice(released(save)), lambda s: 'weights_only' not in s)

def _interrupted():
    def interrupted(folder):
        from fastai.callback.core import Callback
        class Stop(Callback):
            def after_pred(self): raise KeyboardInterrupt
        made = planted_cohort(60, seed=5, n_tiles=(4,6), d=8, n_genes=30)
        sets = gene_subspaces(made.cohort.expr, GeneSets.from_labels(made.truth.gene_module), 'planted')
        dls = loaders(cohort=made.cohort)
        teacher = teacher_learner(dls, sets, model_kw=dict(d=16, d_head=4, stride=2))
        for learn in (umeml_learner(loaders(cohort=made.cohort, target='subtype'), model_kw=dict(bag='20x')), teacher):
            try: quiet_fit(learn, 1, Stop())
            except KeyboardInterrupt: copy.deepcopy(learn.model)
        return student_learner(dls, teacher)
    yield Case('models', 'reported: a student of a teacher that was interrupted', interrupted, lambda o: True)

# -- slides ----------------------------------------------------------------------------------------------------------------------------

def boxes(*corners, **kw):
    "Drawn boxes, each x, y, x, y"
    def ring(a,b,c,d): return [[a,b],[c,b],[c,d],[a,d],[a,b]]
    return dict(type='FeatureCollection', features=[dict(type='Feature', properties=kw,
        geometry=dict(type='Polygon', coordinates=[ring(*o)])) for o in corners])

def _scanned():
    "A scanned area in a larger plane: OpenSlide counts from the plane, QuPath from the area"
    def case(name, do, *expect): return Case('geometry', f'reported: a scanned area, {name}', do, expect)
    def drawn(folder):
        p = leica(folder/'a.scn')
        (folder/'q.geojson').write_text(json.dumps(boxes([500,400,1200,1000])))
        return p
    def tissue(folder):
        s = Slide(drawn(folder))
        g = tile_grid(s, tissue_mask(s, annotations=folder/'q.geojson'), tile_px=256, mpp=.5)
        return seen(s, g.coords)
    def seen(s, at):
        "How many tiles; how far their middles lie within the box; the darkest"
        inside = min((at+128-[3500,1900]).min(), ([4200,2500]-at-128).min())
        return len(at),inside,min(read_tile(s, *o, 256, .5).mean() for o in at.tolist())
    def is_tissue(o): return o[0]>3 and o[1]>=0 and o[2]<150
    yield case("QuPath's outline", tissue, is_tissue)
    def table(folder):
        drawn(folder)
        (folder/'t.csv').write_text('slide,annotations\na.scn,q.geojson\n')
        tile_slides(folder/'t.csv', folder/'o', workers=0, progress=False)
        with h5py.File(next((folder/'o').rglob('*.h5'))) as f: at = f['coords'][:]
        return seen(Slide(folder/'a.scn'), at)
    yield case("QuPath's outline in a table of slides", table, is_tissue)
    def corner(path): return json.loads(path.read_text())['features'][0]['geometry']['coordinates'][0][0]
    def own(folder):
        g = tile_grid(Slide(leica(folder/'a.scn')), max_tiles=2)
        write_features(folder/'f'/'a.h5', np.ones((2,4),np.float32), g.coords, **g.attrs())
        store = FolderStore(folder/'f', case_of=lambda s: s)
        at = store.read('a')[1]
        m = TileMap(np.ones(len(at)), at, store.tile_size('a'), slide='a', origin=store.origin('a'))
        return at[0].tolist(),corner(write_geojson(m, folder/'m.geojson'))
    is_shifted = lambda o: o[1]==[o[0][0]-3000,o[0][1]-1500]
    yield case('a map to QuPath', own, is_shifted)
    def theirs(folder):
        m = TileMap([1.], [[3584,2048]], 256, slide='a')
        return [3584,2048],corner(write_geojson(m, folder/'m.geojson', Slide(leica(folder/'a.scn'))))
    yield case('a map of features of another program to QuPath', theirs, is_shifted)

def map_of(layout, folder):
    "Side of a tile, and blocks of 2 x 2 tiles, of a map of features whose file says 512"
    four = np.stack(np.meshgrid(range(4), range(4)), -1).reshape(-1,2)*512
    at = {'two pieces':np.concatenate([four+[1000,2000],four+[9192,2003]]), 'half overlap':np.stack(np.meshgrid(range(6), range(6)),
        -1).reshape(-1,2)*256, 'far apart':np.array([[0,0],[2048,0],[6144,2048],[0,8192],[8192,8192]])}[layout]
    (folder/'f').mkdir()
    rng = np.random.default_rng(0)
    for c in planted().cases: write_features(folder/'f'/f'{c}.h5', rng.normal(size=(len(at),8)).astype(np.float32), at, patch_size=256,
        patch_size_level0=512)
    learn = survival_learner(loaders(cohort=planted().with_(bags={'slide':FolderStore(folder/'f', case_of=lambda s: s)}), use=('slide',)))
    one = next(iter(case_maps(learn, fold3().test[0], 'occlusion', side=2).values()))['occlusion']
    written = json.loads(write_geojson(one, folder/'m.geojson').read_text())['features'][0]['geometry']['coordinates'][0]
    return one.size_lvl0,written[1][0]-written[0][0],len(np.unique(one.values.round(7)))

def _geometry():
    def case(name, do, *expect): return Case('geometry', f'reported: {name}', do, expect)
    for layout,blocks in (('two pieces',8), ('half overlap',4), ('far apart',5)):
        yield case(f'a map of tiles in {layout}', partial(map_of, layout), lambda o,n=blocks: o==(512,512,n))
    for name in ('Airway epithelium','Air space','Invasive edge','Tumor edge','Foreign body reaction','Background parenchyma'):
        shape = boxes([0,0,768,768])
        shape['features'] += boxes([0,0,384,384], classification=dict(name=name))['features']
        yield case(f'tissue drawn as {name}', lambda f,o=shape: tissue_mask(Slide(slide(f)), annotations=o).mask.mean(), lambda v: v>.97)
    def trichrome(folder):
        a = np.full((1024,1024,3), 250, np.uint8)
        a[100:900,100:500],a[100:900,500:900] = (225,150,190),(70,90,190)
        Image.fromarray(a).save(folder/'a.png')
        s = Slide(folder/'a.png', mpp=1.)
        return [tissue_mask(s, mpp=4., min_area_um2=100, pen=p) for p in (True,False)]
    yield case('blue collagen', trichrome, lambda o: 'ink' in o[0].note and o[1].mask.mean()>.55)
    def grey(folder):
        Image.fromarray(np.asarray(pink('L')).astype(np.uint16)*16).save(folder/'a.png')
        s = Slide(folder/'a.png', mpp=1.)
        return s.overview(4.).min(),s.note
    yield case('grey of 12 bits in a PNG', grey, lambda o: o[0]<160 and '12 bits' in o[1])
    for what,kw in {'1 pixel per cm':dict(resolution=(1,1)), '0.5 um':dict(resolution=(2e4,2e4))}.items():
        yield case(f'OME beside a tag of {what}',
            lambda f,kw=kw: Slide(tiff(f/'s.tif', text=ome('0.25','µm'), resolutionunit='CENTIMETER', **kw)),
            lambda s: s.note!='' and (abs(s.mpp-.25)<1e-9 or '0.25' in s.note))
    def damaged(folder):
        p = slide(folder, 'bad.svs')
        with tifffile.TiffFile(p) as t: page = t.pages[0]
        i = len(page.dataoffsets)//2
        at,b = page.dataoffsets[i],bytearray(p.read_bytes())
        b[at+20:at+page.databytecounts[i]] = bytes(page.databytecounts[i]-20)
        p.write_bytes(b)
        across = -(-page.imagewidth//page.tilewidth)
        t = tile_slides(p, folder/'o', tile_px=64, workers=0, progress=False, min_tissue=0)
        e = embed_slides(p, folder/'o', tile_px=64, mpp=.5, any_mpp=True, workers=0, progress=False, device='cpu')
        return (i%across*page.tilewidth,i//across*page.tilelength),*t.state,*e.state,' '.join([*t.reason,*e.reason])
    def is_there(o):
        x0,x1,y0,y1 = map(int, re.search(r'x=(\d+) to (\d+) and y=(\d+) to (\d+)', o[-1]).groups())
        return 'failed' in o[1:3] and x0<=o[0][0]<=x1 and y0<=o[0][1]<=y1
    yield case('a tile of a slide that is damaged', damaged, is_there)
    def middle(folder):
        p = slide(folder, 's1.svs', cells=24)
        first = tile_slides(p, folder/'o', workers=0, progress=False, tile_px=64)
        b = bytearray(p.read_bytes())
        b[len(b)//2:len(b)//2+4000] = bytes(4000)
        p.write_bytes(b)
        return len(b),*first.reused,*tile_slides(p, folder/'o', workers=0, progress=False, tile_px=64).reused
    yield case('a slide that was damaged in its middle', middle, lambda o: o[0]>200_000 and o[1:]==(False,False))

# -- features and statistics -----------------------------------------------------------------------------------------------------------

def _features():
    def case(name, do, *expect): return Case('features', f'reported: {name}', do, expect)
    def npz(folder):
        torch.save(torch.zeros(6,4), folder/'P1.pt')
        head = b"{'descr': '<i8', 'fortran_order': False, 'shape': (10000000000, 2), }".ljust(117)+b'\n'
        start = b'\x93NUMPY\x01\x00'+len(head).to_bytes(2,'little')
        with zipfile.ZipFile(folder/'P1.index.npz', 'w') as z: z.writestr('arr_0.npy', start+head)
        return read_features(folder/'P1.pt')
    yield case('an index of ten thousand million tiles', npz, Error('P1', 'extract'))
    def flipped(folder):
        d = feats(folder, ['P1','P2','P3'])
        b = bytearray((d/'P2.h5').read_bytes())
        with h5py.File(d/'P2.h5') as f: at = b.index(f['features'][0,:4].tobytes())
        b[at] ^= 1
        (d/'P2.h5').write_bytes(b)
        return doctor(d, deep=True)
    yield case('a bit that the disk changed', flipped, lambda d: not d.ok and said(['P2.h5','checksum'])(d) and 'P1.h5' not in str(d))
    def anndata(folder, **kw):
        from anndata import AnnData
        a = AnnData(x)
        a.obsm['spatial'] = xy.astype(float)
        a.write_zarr(folder/'P1.zarr')
        return read_features(folder/'P1.zarr', **kw)
    yield case('AnnData as zarr', anndata, lambda g: (g[0]==x).all() and (g[1]==xy).all())
    yield case('AnnData as zarr, some rows', partial(anndata, rows=[4,0]), lambda g: (g[0]==x[[4,0]]).all() and (g[1]==xy[[4,0]]).all())
    def collected(folder):
        def do():
            try: write_features(folder/'P1.h5', np.ones((500,64),np.float32), np.zeros((500,2),int))
            except OSError: pass
            for _ in range(3): gc.collect()
        return in_child(do, limits={resource.RLIMIT_FSIZE:3000})
    yield case('what a full disk leaves in memory', collected, lambda o: o==(0,''))

def _layouts():
    def case(name, do, *expect): return Case('features', f'reported: {name}', do, expect)
    def whole(folder, **data):
        with h5py.File(folder/'P1.h5', 'w') as f:
            for k,v in data.items(): f[k] = v
        return doctor(folder/'P1.h5')
    yield case('STAMP, doctor', partial(whole, feats=x, coords=xy.astype(float)), lambda d: d.ok and d.shape==(6,4))
    yield case('AnnData, doctor', lambda f: (whole(f, X=x, **{'obsm/spatial':xy}), (f/'P1.h5').rename(f/'P1.h5ad'), doctor(f/'P1.h5ad'))[2],
        lambda d: d.ok and d.shape==(6,4))
    def um(folder):
        with h5py.File(folder/'P1.h5', 'w') as f: f['features'],f['coords'] = x,xy*.2523
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter('always')
            read_features(folder/'P1.h5')
        return ' '.join(str(o.message) for o in told)
    yield case('places that are no pixels', um, said(['no whole numbers','um']))

def _statistics():
    def case(name, do, *expect): return Case('statistics', f'reported: {name}', lambda f: do(), expect)
    t,e,r = np.arange(1.,9),np.array([1,0,1,1,0,1,0,1]),np.linspace(2,-2,8)
    yield case('risks of three dimensions', lambda: metrics.c_index(t, e, r[:,None,None]), Error('risk', 'shape'))
    yield case('risks that change with time', lambda: metrics.td_auc(t, e, np.c_[r,r*2], t, e, [3,6]), Error('risk', 'shape'))
    rng = np.random.default_rng(0)
    late = np.r_[rng.exponential(10, 100),rng.exponential(60, 100)]
    def cut(risk): return SurvivalView(pd.DataFrame(dict(risk=risk, time=late, event=1)))
    yield case('groups of one risk for all', lambda: (plots.risk_groups(np.zeros(200)),cut(0.).p_value),
        lambda o: len(set(o[0]))==1 and np.isnan(o[1]))
    sex = np.tile([0.,1.], 100)
    yield case('groups of two risks in the order of hospitals',
        lambda: (pd.crosstab(cut(sex).groups, sex).to_numpy().tolist(),cut(sex).p_value), lambda o: o[0]==[[100,0],[0,100]] and o[1]>.05)
    @lru_cache
    def gaps():
        folds,y = kfold(planted().target('OS'), 3),planted().endpoints['OS'].copy()
        y.loc[folds[0].test,'event'] = 0
        return cross_validate(planted().with_(endpoints={'OS':y}), 'OS', folds, rows=[clinical_row()], n_boot=20)
    def page():
        with tempfile.TemporaryDirectory() as d: return write_report(gaps(), f'{d}/r.html').read_text()
    for what,shown in {'table':lambda: gaps().table.to_string(), 'summary':lambda: gaps().summary().to_string(),
        'notebook':lambda: gaps()._repr_markdown_(), 'report':page}.items():
        yield case(f'a fold without an event, {what}', shown, said('2 of 3 folds'))
    def early():
        "Two folds, one of which has its first event after a year"
        n,cases = 150,[f'c{i:03d}' for i in range(150)]
        time,event = np.r_[rng.exponential(8, 60)+.5,rng.exponential(40, 90)+13],(rng.random(n)<.4).astype(int)
        c = Cohort('late', pd.DataFrame(dict(case_id=cases, age=rng.normal(size=n))), covariates=['age'],
            endpoints={'OS':pd.DataFrame(dict(time=time, event=event), index=cases)})
        folds = Splits([Fold('0',cases[:60]+cases[100:],cases[60:100]), Fold('1',cases[60:],cases[:60])])
        return cross_validate(c, 'OS', folds, rows=[clinical_row()], n_boot=20).table.set_index('metric').loc[['td_auc','ibs']]
    yield case('a fold whose first event is late', early, lambda t: t.scored.str.startswith('2 of 2 folds').all() and
        t.why.str.contains('without 12 months').all() and np.isfinite(t['mean']).all())

# -- commands --------------------------------------------------------------------------------------------------------------------------

def _commands():
    def embedded(folder):
        slides(folder, 2, 2)
        return command(cli.embed, 'in', 'ref', '--tile-px', '64', '--mpp', '.5', '--any-mpp', '--batch-size', '128', '--workers', '0')
    yield Case('processes', 'reported: mmpath-embed of a folder by its name', embedded, lambda o: o[0]==0 and '2 done of 2' in o[1])
    def demo(*words, **limits):
        def do(folder):
            out = str(words[0] if words else folder/'o')
            return in_child(partial(cli.demo.__wrapped__, cases=30, epochs=1, n_jobs=1, out=out), **limits)
        return do
    yield Case('disks', 'reported: mmpath-demo on a full disk', demo(limits={resource.RLIMIT_FSIZE:3000}), Stops('mmpath-demo:', 'room'))
    yield Case('disks', 'reported: mmpath-demo into /proc', demo('/proc/zz'), Stops('mmpath-demo:', 'zz', 'written'))

parts = (_tables, _values, _ids, _folds, _shown, _training, _weights, _dangerous, _interrupted, _scanned, _geometry, _features, _layouts,
    _statistics, _commands)

def cases():
    for part in parts: yield from part()
