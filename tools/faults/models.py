"""Weights, checkpoints, loaders and new patients: what was trained on one thing and is given another."""
import os,pickle
from functools import partial
import numpy as np, torch
from safetensors.torch import load_file,save_file
from case import Case,Error,Unsafe
from features import _Evil
from mmpath.data.clinical import Target
from mmpath.data.loaders import cohort_dls
from mmpath.data.splits import Fold
from mmpath.data.synth import planted_cohort
from mmpath.evaluate.calibrate import calibration_slope
from mmpath.evaluate.external import check_external,external,rank_within
from mmpath.learners.case import survival_learner
from mmpath.rna.expression import Expression
from mmpath.wsi.store import MemoryStore

_made = {}

def _cohort():
    "A small planted cohort, made once in a process"
    if 'cohort' not in _made: _made['cohort'] = planted_cohort(40, n_tiles=(4,6), n_genes=20, d=8).cohort
    return _made['cohort']

def _fold(cohort, seed=0):
    cases = cohort.complete('OS', ('slide','expr'))
    return Fold(seed, cases[12:], cases[:6], cases[6:12])

def _dls(**kw):
    c = kw.pop('cohort', None) or _cohort()
    return cohort_dls(c, kw.pop('target','OS'), kw.pop('fold', None) or _fold(c), **(dict(use=('expr',), bs=16, device='cpu')|kw))

def _learner(**kw): return survival_learner(_dls(**kw))

def _saved(folder): return _learner().save_weights(folder/'m.safetensors')

def _metadata(path, change):
    "Write a file of weights again with other words about it"
    from safetensors import safe_open
    with safe_open(path, 'pt') as f: meta = dict(f.metadata())
    tensors = load_file(path)
    change(tensors, meta)
    save_file(tensors, path, metadata=meta)

def _loaded(change, folder, **kw):
    "Load weights after a change; a refused file leaves the model as it was"
    path,learn = _saved(folder),_learner(**kw)
    change(path)
    before = {k: v.clone() for k,v in learn.model.state_dict().items()}
    try: return learn.load_weights(path)
    except Exception:
        if any(not torch.equal(v, before[k]) for k,v in learn.model.state_dict().items()):
            raise AssertionError('half loaded') from None
        raise

def _predicted(learn): return learn.predict_cases(learn.dls.test)

def _weights():
    def case(name, change, expect, **kw): return Case('features', f'weights: {name}', partial(_loaded, change, **kw), expect)
    file = 'm.safetensors'
    yield case('as they should be', lambda p: None, lambda learn: True)
    yield case('not there', os.unlink, Error(file, 'no weight file'))
    yield case('empty', lambda p: p.write_bytes(b''), Error(file, 'save the weights again'))
    yield case('text', lambda p: p.write_bytes(b'<html>'*99), Error(file, 'save the weights again'))
    for share in (.05,.5,.98):
        yield case(f'cut at {share:.0%}', lambda p,s=share: p.write_bytes(p.read_bytes()[:int(s*p.stat().st_size)]),
            Error(file, 'save the weights again'))
    yield case('of torch', lambda p: torch.save(dict(a=torch.ones(2)), p), Error(file, 'save the weights again'))
    yield case('of somebody else', lambda p: save_file(dict(a=torch.ones(2)), p), Error(file, 'save_weights'))
    yield case('another configuration', lambda p: _metadata(p, lambda t,m: m.update(config='{')), Error(file, 'cannot be read'))
    yield case('a configuration of a list', lambda p: _metadata(p, lambda t,m: m.update(config='[1]')), Error(file))
    yield case('a preparation of a list', lambda p: _metadata(p, lambda t,m: m.update(prep='[1]')), Error(file))
    yield case('no preparation', lambda p: _metadata(p, lambda t,m: m.update(prep='{}')), Error(file))
    yield case('a weight less', lambda p: _metadata(p, lambda t,
        m: t.pop(next(k for k in t if k.startswith('model.')))), Error(file, 'does not fit'))
    yield case('a weight more', lambda p: _metadata(p, lambda t,m: t.update({'model.x':torch.ones(1)})),
        Error(file, 'does not fit'))
    yield case('scalers gone', lambda p: _metadata(p, lambda t,
        m: [t.pop(k) for k in list(t) if k.startswith('prep.')]), Error(file))
    def broken(tensors, meta):
        for k,v in tensors.items(): tensors[k] = v*float('nan') if k.startswith('model.') and v.is_floating_point() else v
    yield Case('features', 'weights: NaN', lambda f: _predicted(_loaded(lambda p: _metadata(p, broken), f)),
        Error('weights are broken', 'train it again'))
    yield case('another fold', lambda p: None, Error(file, 'training_cases'),
        fold=Fold(1, _cohort().complete('OS',('expr',))[20:], _cohort().complete('OS',('expr',))[:10]))
    yield case('another use', lambda p: None, Error(file, 'dims'), use=('expr','slide'))
    for name,save in (('by torch.save', lambda p,o: torch.save(o, p)), ('by pickle', lambda p,o: p.write_bytes(pickle.dumps(o)))):
        yield Case('features', f'weights: code {name}', partial(_evil_weights, save), Error(file, 'save the weights again'))
        yield Case('features', f'checkpoint: code {name}', partial(_evil_checkpoint, save), Error('c.pt', 'delete it'))
    for name,b in (('empty',b''), ('text',b'hello'), ('zeros',bytes(999))):
        yield Case('features', f'checkpoint: {name}', lambda f,b=b: ((f/'c.pt').write_bytes(b), _resume(f))[1],
            Error('c.pt', 'delete it'))
    yield Case('features', 'checkpoint: of somebody else', lambda f: (torch.save(dict(model=1), f/'c.pt'),
        _resume(f))[1], Error('c.pt', 'fit_resume'))
    yield Case('features', 'checkpoint: another rate', lambda f: (_resume(f), _resume(f, 2, lr=.5))[1],
        Error('c.pt', 'lr', 'delete it'))
    yield Case('features', 'checkpoint: fewer epochs', lambda f: (_resume(f, 2), _resume(f, 1))[1], Error('c.pt', '2 epochs'))
    yield Case('features', 'checkpoint: cut off',
        lambda f: (_resume(f), (f/'c.pt').write_bytes((f/'c.pt').read_bytes()[:-200]), _resume(f, 2))[2],
        Error('c.pt', 'delete it'))

def _ran(canary):
    if canary.exists(): raise Unsafe('code of the file ran')

def _evil_weights(save, folder):
    path,canary = folder/'m.safetensors',folder.parent/'CANARY'
    save(path, _Evil(canary))
    try: return _learner().load_weights(path)
    finally: _ran(canary)

def _evil_checkpoint(save, folder):
    canary = folder.parent/'CANARY'
    save(folder/'c.pt', _Evil(canary))
    try: return _resume(folder)
    finally: _ran(canary)

def _resume(folder, n=1, **kw):
    learn = _learner()
    with learn.no_bar(), learn.no_logging(): learn.fit_resume(n, folder/'c.pt', **kw)

def _other(**kw):
    "Patients of elsewhere: a planted cohort with other names, some parts replaced"
    c = planted_cohort(20, seed=5, n_tiles=(4,6), n_genes=20, d=8, name='other').cohort
    names = {o: f'X{o}' for o in c.cases}
    parts = dict(clinical=c.clinical.rename(index=names), expr=Expression(c.expr.df.rename(index=names),
        c.expr.scale), bags={}, endpoints={k: v.rename(index=names) for k,v in c.endpoints.items()})
    return c.with_(**{**parts, **{k: v(parts) for k,v in kw.items()}})

def _scored(**kw): return lambda _: external(_learner(), _other(**kw), n_boot=20)

def _elsewhere():
    def case(name, do, expect): return Case('statistics', f'elsewhere: {name}', do, expect)
    def genes(f, scale=None): return lambda p: Expression(f(p['expr'].df), scale or p['expr'].scale)
    yield case('as it should be', _scored(), lambda e: 0<=e.score.value<=1)
    yield case('the same patients', lambda _: check_external(_learner(), _cohort()), Error('planted', 'trained on'))
    yield case('genes missing', _scored(expr=genes(lambda x: x.iloc[:,:15])), Error('5 of 20 genes', 'missing'))
    yield case('genes in another order', _scored(expr=genes(lambda x: x.iloc[:,::-1])), lambda e: 0<=e.score.value<=1)
    yield case('more genes', _scored(expr=genes(lambda x: x.assign(MORE=1.))), lambda e: 0<=e.score.value<=1)
    yield case('another scale', _scored(expr=genes(lambda x: (x.abs()*100).round(), 'counts')), Error('other', 'counts', 'zscore'))
    yield case('no expression', _scored(expr=lambda p: None), Error('20 cases', 'expr'))
    yield case('no endpoint', _scored(endpoints=lambda p: {}), Error('other', 'OS'))
    yield case('nobody with events', _scored(endpoints=lambda p: {'OS': p['endpoints']['OS'].assign(event=0)}),
        Error(('event','pair')))
    yield case('a bag of another name', lambda _: external(_learner(use=('slide',), n_tiles=4),
        _other(bags=lambda p: {'5x': MemoryStore({f'{c}': np.ones((3,8),np.float32) for c in p['clinical'].index})}),
        n_boot=20), Error('other', 'bag'))
    yield case('no expression to rank', lambda _: rank_within(_other(expr=lambda p: None)), Error('other', 'expression'))
    yield case('genes to rank', lambda _: rank_within(_other(), ['NOPE']), Error('NOPE'))

def _loaders():
    def case(name, expect, **kw): return Case('splits', f'loaders: {name}', lambda _: _dls(**kw), expect)
    cases = _cohort().complete('OS', ('expr',))
    yield case('as they should be', lambda d: len(d.train)>0)
    yield case('no such part', Error('use', 'genes'), use=('genes',))
    yield case('no such covariate', Error('weight', 'clinical column'), use=('expr','clin'), covariates=['weight'])
    yield case('covariates not named', (Error('clin','covariates'), lambda d: len(d.train)>0), use=('clin',))
    yield case('no such target', Error('PFS', 'OS'), target='PFS')
    yield case('a fold of strangers', Error('fold', ('case','cohort')), fold=Fold('f', ['y'], ['z']))
    yield case('a stranger in the fold', (Error('z', 'fold'), lambda d: 'z' in str(d.audit)),
        fold=Fold('f', cases[5:]+['z'], cases[:5]))
    for k,values in dict(bs=[0,-1,2.5,'x'], n_tiles=[0,-1,.5], valid_tiles=[0,-3]).items():
        for v in values: yield case(f'{k}={v!r}', Error(k), use=('expr','slide'), **{k:v})
    yield case('a scaler', Error('scaler', 'robust'), scaler='minmax')
    yield case('a bag scaler', Error('scaler', 'robust'), use=('slide',), bag_scaler='minmax')
    nobody = _cohort().endpoints['OS'].assign(event=0)
    yield Case('splits', 'loaders: training without events',
        lambda _: survival_learner(_dls(target=Target('OS','survival',nobody))).fit(1), Error('event'))
    yield Case('splits', 'loaders: a word for the loss', lambda _: survival_learner(_dls(), loss='mse'), Error('loss', 'cox'))
    yield Case('splits', 'loaders: one bin', lambda _: survival_learner(_dls(), loss='nll', n_bins=1), Error('1 time bins'))
    yield Case('splits', 'loaders: a part that the loaders lack', lambda _: survival_learner(_dls(), use=('slide',)),
        Error(('slide','use')))

t,e,r = np.arange(1.,21),np.arange(20)%2,np.linspace(2,-2,20)
def _slopes():
    def case(name, expect, *args): return Case('statistics', f'calibration slope: {name}',
        lambda _: calibration_slope(*args), expect)
    bent = lambda x,v: np.r_[v,x[1:]]
    yield case('as it should be', lambda b: 0<b<5, r, t, e)
    yield case('nobody had the event', Error('event'), r, t, 0*e)
    yield case('R events', Error('event', ('0','1')), r, t, e+1)
    yield case('a risk missing', Error('risk', 'missing'), bent(r,np.nan), t, e)
    yield case('an infinite risk', Error('risk', 'infinite'), bent(r,np.inf), t, e)
    yield case('a time missing', Error('time', 'missing'), r, bent(t,np.nan), e)
    yield case('fewer events', Error(('different','event')), r, t, e[:9])
    yield case('fewer parts', Error('part'), r, t, e, ['a']*9)

def cases():
    yield from _weights()
    yield from _elsewhere()
    yield from _loaders()
    yield from _slopes()
