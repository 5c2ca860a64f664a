"""Statistics of outcomes that nobody can have, of too few cases, of one class, of arrays that do not belong together."""
import numpy as np, torch
from case import Case,Error
from mmpath import metrics as M
from mmpath.losses.survival import CoxLoss,NLLSurvLoss,bin_cuts,check_follow_up
from mmpath.plots import kaplan_meier,risk_groups

nan,inf = float('nan'),float('inf')
t,e,r = [2.,4.,6.,8.,10.,12.,14.,16.],[1,0,1,1,0,1,0,0],[8.,5.,7.,3.,4.,6.,1.,2.]
hours = [5.,9.]
surv = np.linspace(.9,.1,16).reshape(8,2)

# every statistic of time and event
survival = {
    'c_index': lambda t,e,r: M.c_index(t, e, r), 'c_index_ipcw': lambda t,e,r: M.c_index_ipcw(t, e, r, t, e),
    'td_auc': lambda t,e,r: M.td_auc(t, e, r, t, e, hours),
    'integrated_brier': lambda t,e,r: M.integrated_brier(t, e, surv, hours, t, e), 'bootstrap_c_index': lambda t,e,
    r: M.bootstrap_c_index(t, e, r, n_boot=20),
    'km_table': lambda t,e,r: M.km_table(t, e), 'survival_at': lambda t,e,r: M.survival_at(r, r, t, e, hours),
    'kaplan_meier': lambda t,e,r: kaplan_meier(t, e, ['a','b']*(len(t)//2)+['a']*(len(t)%2)),
    'CoxLoss': lambda t,e,r: CoxLoss()(_tensor(r)[:,None], _tensor(t), _tensor(e)), 'NLLSurvLoss': lambda t,e,
    r: NLLSurvLoss([5.,9.])(torch.zeros(len(t),3), _tensor(t), _tensor(e)),
    'check_follow_up': lambda t,e,r: check_follow_up(t, e), 'default_tau': lambda t,e,r: M.default_tau(t, e)}

def _tensor(x): return x if isinstance(x,torch.Tensor) else torch.as_tensor(np.asarray(x,dtype=float), dtype=torch.float32)
def bent(x, v, i=2): return [v if k==i else o for k,o in enumerate(x)]

# name -> time, event, risk; words of the error
wrong = {
    'R events': (t, [o+1 for o in e], r, ['event', ('0 ','0 (')]), 'events of shares': (t, bent(e,.5), r, ['event']),
    'events minus one': (t, bent(e,-1), r, ['event']), 'an event missing': (t, bent(e,nan), r, ['event', ('missing','0 ','leave')]),
    'a time missing': (bent(t,nan), e, r, ['time', 'missing']), 'an infinite time': (bent(t,inf), e, r,
    ['time', 'infinite']), 'a negative time': (bent(t,-1.), e, r, ['time', 'negative']),
    'all times missing': ([nan]*8, e, r, ['time', 'missing'])}
of_risk = {'a risk missing': bent(r,nan), 'an infinite risk': bent(r,inf), 'all risks missing': [nan]*8}
with_risk = 'c_index','c_index_ipcw','td_auc','bootstrap_c_index','survival_at'
lengths = {'fewer events': (t, e[:7], r), 'fewer risks': (t, e, r[:7]), 'two risks a case': (t, e, np.c_[r,r]),
    'a row of risks': (t, e, np.array(r)[None])}

def _survival():
    for name,f in survival.items():
        yield Case('statistics', f'{name}: as it should be', lambda _,f=f: f(t, e, r), lambda got: True)
        for what,(a,b,c,words) in wrong.items():
            yield Case('statistics', f'{name}: {what}', lambda _,f=f,a=a,b=b,c=c: f(a, b, c), Error(*words))
        if name not in with_risk: continue
        for what,c in of_risk.items():
            yield Case('statistics', f'{name}: {what}', lambda _,f=f,c=c: f(t, e, c),
                Error('risk', 'missing or infinite', ('leave','mend')))
        for what,(a,b,c) in lengths.items():
            yield Case('statistics', f'{name}: {what}', lambda _,f=f,a=a,b=b,c=c: f(a, b, c),
                Error(('shape','different numbers','risks')))
    no_event = {'c_index':'no comparable pair', 'bootstrap_c_index':'no comparable pair', 'td_auc':'event',
        'integrated_brier':'event', 'survival_at':'event', 'c_index_ipcw':'event', 'default_tau':'event'}
    for name,word in no_event.items():
        yield Case('statistics', f'{name}: nobody had the event', lambda _,f=survival[name]: f(t, [0]*8, r), Error(word))
    for name in ('c_index','bootstrap_c_index','c_index_ipcw'):
        f = survival[name]
        yield Case('statistics', f'{name}: one case', lambda _,f=f: f([5.],[1],[1.]), Error(('pair','replicates','case')))
        yield Case('statistics', f'{name}: no case', lambda _,f=f: f([],[],[]), Error(('pair','case','event')))
        yield Case('statistics', f'{name}: all at one time', lambda _,f=f: f([5.]*8,[1]*8,r), Error(('pair','censor')))
        yield Case('statistics', f'{name}: equal risks', lambda _,f=f: f(t,e,[1.]*8),
            lambda got: np.isclose(getattr(got,'value',got), .5))
    yield Case('statistics', 'CoxLoss: nobody had the event', lambda _: survival['CoxLoss'](t, [0]*8, r), lambda x: float(x)==0)
    yield Case('statistics', 'CoxLoss: one time for all', lambda _: survival['CoxLoss']([5.]*8, [1]*8, [0.]*8),
        lambda x: np.isfinite(float(x)))
    yield Case('statistics', 'CoxLoss: large risks', lambda _: survival['CoxLoss'](t, e, [o*1e4 for o in r]),
        lambda x: np.isfinite(float(x)))
    yield Case('statistics', 'CoxLoss: half precision', lambda _: CoxLoss()(_tensor(r).half()[:,None], _tensor(t),
        _tensor(e)), lambda x: np.isfinite(float(x)))
    yield Case('statistics', 'CoxLoss: truth values', lambda _: CoxLoss()(_tensor(r)[:,None], _tensor(t),
        torch.tensor(e).bool()), lambda x: np.isfinite(float(x)))
    yield Case('statistics', 'CoxLoss: equal to the sum of its cases',
        lambda _: (CoxLoss(reduction='sum')(_tensor(r)[:,None], _tensor(t), _tensor(e)),
        CoxLoss(reduction='none')(_tensor(r)[:,None], _tensor(t), _tensor(e))), lambda got: torch.isclose(got[0], got[1].sum()))

def _losses():
    def cox(**kw): return lambda _: CoxLoss(**kw)
    yield Case('statistics', 'CoxLoss: a word for ties', cox(ties='exact'), Error('ties', 'efron'))
    yield Case('statistics', 'CoxLoss: a word for over', cox(over='batch'), Error('over', 'events'))
    yield Case('statistics', 'CoxLoss: a word for reduction', lambda _: CoxLoss(reduction='max')(_tensor(r)[:,None],
        _tensor(t), _tensor(e)), Error('reduction', 'mean'))
    for shape in ((8,2),(2,4),(8,1,1),(7,1),(1,8)):
        yield Case('statistics', f'CoxLoss: log-risks of shape {shape}', lambda _,
            s=shape: CoxLoss()(torch.zeros(s), _tensor(t), _tensor(e)), Error(('log-risk',)))
    for v in (nan,inf):
        yield Case('statistics', f'CoxLoss: a log-risk of {v}', lambda _,
            v=v: CoxLoss()(_tensor(bent(r,v))[:,None], _tensor(t), _tensor(e)),
            (Error('risk'), lambda x: not np.isfinite(float(x))))
    yield Case('statistics', 'CoxLoss: fewer events', lambda _: CoxLoss()(_tensor(r)[:,None], _tensor(t),
        _tensor(e[:7])), Error(('events','different','8','7')))
    yield Case('statistics', 'CoxLoss: times as a column', lambda _: CoxLoss()(_tensor(r)[:,None], _tensor(t)[:,None],
        _tensor(e)[:,None]), (Error(('time','shape')), lambda x: np.isclose(float(x), float(survival['CoxLoss'](t,e,r)))))
    for shape in ((8,2),(8,4),(7,3),(8,),(3,8)):
        yield Case('statistics', f'NLLSurvLoss: logits of shape {shape}', lambda _,
            s=shape: NLLSurvLoss(hours)(torch.zeros(s), _tensor(t), _tensor(e)), Error('logits', '(8, 3)'))
    yield Case('statistics', 'NLLSurvLoss: no cut, one bin', lambda _: NLLSurvLoss([]), lambda loss: loss.n==1)
    for cuts in ([5.,5.],[9.,5.],[nan],[5.,inf],None):
        yield Case('statistics', f'NLLSurvLoss: cuts {cuts}', lambda _,c=cuts: NLLSurvLoss(c), Error('cuts'))
    yield Case('statistics', 'NLLSurvLoss: a form', lambda _: NLLSurvLoss(hours, form='cox'), Error('form', 'nll'))
    for a in (-.1,1.1,nan):
        yield Case('statistics', f'NLLSurvLoss: alpha {a}', lambda _,a=a: NLLSurvLoss(hours, alpha=a), Error('alpha', 'from 0'))
    yield Case('statistics', 'NLLSurvLoss: fewer events', lambda _: NLLSurvLoss(hours)(torch.zeros(8,3), _tensor(t),
        _tensor(e[:7])), Error(('event','different','8')))
    for form in ('nll','tail','alive','mirror_ce','umeml_nll','umeml_ce'):
        yield Case('statistics', f'NLLSurvLoss: extreme logits, {form}', lambda _,
            f=form: NLLSurvLoss(hours, form=f)(torch.full((8,3),80.)*torch.tensor([1,-1,1]), _tensor(t), _tensor(e)),
            lambda x: np.isfinite(float(x)))
    yield Case('statistics', 'cuts of words', lambda _: bin_cuts(['a','b']), Error('cuts'))

def _horizons():
    for h in ([],[9.,5.],[5.,5.],[nan],[inf],[0.],[1.],[16.],[99.],[-5.],[5.,99.]):
        yield Case('statistics', f'td_auc at {h}', lambda _,h=h: M.td_auc(t, e, r, t, e, h),
            Error(('horizons','months'), ('rise','choose')))
        yield Case('statistics', f'brier at {h}', lambda _,h=h: M.brier_at(t, e, surv[:,:len(h)], h, t, e),
            Error(('horizons','months'), ('rise','choose')))
    for name,s in {'above 1':surv+1, 'below 0':-surv, 'missing':surv*nan, 'of another shape':surv.T,
        'of one dimension':surv[:,0], 'of fewer cases':surv[:7], 'words':np.array([['a','b']]*8)}.items():
        yield Case('statistics', f'survival probabilities {name}', lambda _,s=s: M.brier_at(t, e, s, hours, t, e),
            Error('surviv', ('0 to 1','shape','number')))
    yield Case('statistics', 'training follow-up too short', lambda _: M.c_index_ipcw(t, e, r, [1.,1.5], [1,1]),
        Error('tau', 'months'))
    yield Case('statistics', 'training events missing', lambda _: M.c_index_ipcw(t, e, r, t, [0]*8), Error('training', 'event'))
    for tau in (0,-1,nan):
        yield Case('statistics', f'tau {tau}', lambda _,v=tau: M.c_index_ipcw(t, e, r, t, e, tau=v), Error('tau'))
    for s in (['a'],['a']*9,[],None):
        yield Case('statistics', f'strata {s}', lambda _,s=s: M.c_index(t, e, r, s),
            Error('strata', '8') if s is not None else (lambda got: 0<=got<=1))
    yield Case('statistics', 'each case a stratum', lambda _: M.c_index(t, e, r, range(8)), Error('pair'))
    yield Case('statistics', 'strata with a missing one', lambda _: M.c_index(t, e, r, ['a']*7+[None]),
        (Error('strata'), lambda got: 0<=got<=1))

y,p = [0,1,2,0,1,2],np.full((6,3),.3)+np.eye(3)[[0,1,2,0,1,2]]*.1
classes = dict(macro_auc=M.macro_auc, balanced_accuracy=M.balanced_accuracy, brier=M.brier, calibration_error=M.calibration_error)

def _classes():
    for name,f in classes.items():
        def case(what, a, b, expect): return Case('statistics', f'{name}: {what}', lambda _,f=f: f(a, b), expect)
        yield case('as it should be', y, p, lambda got: np.isfinite(got))
        yield case('a label missing', bent(y,nan), p, Error('label', 'missing'))
        yield case('a label too high', bent(y,3), p, Error('labels', '0 to 2'))
        yield case('a negative label', bent(y,-1), p, Error('labels', '0 to 2'))
        yield case('half a label', bent(y,.5), p, Error('labels', '0 to 2'))
        yield case('labels of words', ['a','b','c']*2, p, Error('label', ('number','class')))
        yield case('probabilities missing', y, p*nan, Error('probabilities', 'missing'))
        yield case('infinite probabilities', y, p*inf, Error('probabilities', 'infinite'))
        yield case('fewer cases', y, p[:5], Error('shape', '(6, k)'))
        yield case('one column', y, p[:,0], Error('shape', '(6, k)'))
        yield case('no case', [], np.zeros((0,3)), Error(('case','class')))
        if name in ('macro_auc','balanced_accuracy'): yield case('one class', [0]*6, p, Error('class', 'score more cases'))
    yield Case('statistics', 'brier: scores that are no probabilities', lambda _: M.brier(y, p*50),
        Error('probabilities', ('0 to 1','sum')))
    yield Case('statistics', 'calibration_error: scores that are no probabilities',
        lambda _: M.calibration_error(y, p*50-9), Error('probabilities', ('0 to 1','sum')))
    for n in (0,-1,2.5):
        yield Case('statistics', f'calibration_error: {n} bins', lambda _,n=n: M.calibration_error(y, p, n), Error('n_bins'))

def _others():
    yield Case('statistics', 'bootstrap: on the whole alone',
        lambda _: M.bootstrap(lambda i: 1. if len(set(i))==8 else _raise(), 8, n_boot=10), Error('replicates', 'too few'))
    for n in (0,-1,1):
        yield Case('statistics', f'bootstrap: {n} replicates', lambda _,n=n: M.bootstrap_c_index(t, e, r, n_boot=n),
            Error(('replicates','n_boot')))
    for v in (0,-1):
        yield Case('statistics', f'bootstrap: {v} cases', lambda _,v=v: M.bootstrap(lambda i: 1., v, n_boot=10),
            Error(('case','replicates')))
    for v in (2,-1,nan):
        yield Case('statistics', f'bootstrap: level {v}', lambda _,v=v: M.bootstrap_c_index(t, e, r, n_boot=20,
            level=v), Error('level'))
    yield Case('statistics', 'bootstrap: strata of another length', lambda _: M.resamples(8, 5, ['a']*7), Error('strata', '8'))
    yield Case('statistics', 'bootstrap: NaN from the metric', lambda _: M.bootstrap(lambda i: nan, 8, n_boot=10),
        Error('replicates', 'too few'))
    yield Case('statistics', 'bootstrap: against another length', lambda _: M.bootstrap_c_index(t, e, r,
        against=r[:7], n_boot=20), Error('different numbers'))
    yield Case('statistics', 'bootstrap: the same twice', lambda _: (M.bootstrap_c_index(t, e, r, n_boot=50),
        M.bootstrap_c_index(t, e, r, n_boot=50)), lambda got: got[0]==got[1])
    yield Case('statistics', 'risk groups: one risk', lambda _: risk_groups([1.]*9), lambda g: len(set(g))==1)
    yield Case('statistics', 'risk groups: a risk missing', lambda _: risk_groups(bent(r,nan)), Error('1 risks', 'drop'))
    yield Case('statistics', 'risk groups: ties stay together', lambda _: risk_groups([0.]*5+[1.]*5),
        lambda g: len({*g[:5]})==1 and len({*g[5:]})==1)
    yield Case('statistics', 'risk groups: fewer folds', lambda _: risk_groups(r, ['a']*7), Error(('fold','8')))
    yield Case('statistics', 'risk groups: no case', lambda _: risk_groups([]), (Error('case'), lambda g: len(g)==0))
    yield Case('statistics', 'risk groups: words', lambda _: risk_groups(['high']*8), Error('risk'))
    yield Case('statistics', 'risk groups: infinite', lambda _: risk_groups(bent(r,inf)), lambda g: g[2]=='high risk')
    yield Case('statistics', 'kaplan_meier: fewer groups', lambda _: kaplan_meier(t, e, ['a']*7), Error(('groups','different')))
    yield Case('statistics', 'kaplan_meier: a group missing', lambda _: kaplan_meier(t, e,
        ['a','b',None,'a','b','a','b','a']), (Error('group'), lambda f: len(f.data)>0))
    yield Case('statistics', 'kaplan_meier: no case', lambda _: kaplan_meier([], [], []), Error(('case','group')))
    yield Case('statistics', 'kaplan_meier: one group', lambda _: kaplan_meier(t, e, ['a']*8),
        lambda f: 'p' not in (f.layout.title.text or '').split())
    yield Case('statistics', 'kaplan_meier: all at time 0', lambda _: kaplan_meier([0.]*8, e, ['a','b']*4),
        (Error('time'), lambda f: len(f.data)>0))
    yield Case('statistics', 'kaplan_meier: a name of HTML', lambda _: kaplan_meier(t, e, ['<b>','b']*4), lambda f: len(f.data)>0)

def _raise(): raise ValueError('no')

def cases():
    yield from _survival()
    yield from _losses()
    yield from _horizons()
    yield from _classes()
    yield from _others()
