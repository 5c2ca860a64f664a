"""Trains every Learner in two processes (gloo, on this machine) and in one, on the same batches, and compares.

    python tools/processes_test.py                  # eight Learners, and what is written, resumed, left behind
    python tools/processes_test.py survival mirror  # some of them
    python tools/processes_test.py --prove [FAULT ...] # plants faults: each must be noticed

What differs between processes by nature, dropout and other noise, is taken out. The optimizer is SGD: some gradients are zero but for
rounding (a Cox likelihood does not change where all risks rise), and Adam would make whole steps of them. There are 33 training cases
and 9 to validate on, in batches of twice 4: in the last batch one process has no case of its own. Some cases lack a slide or
expression."""
import copy,json,os,socket,subprocess,sys,tempfile,time,warnings
from functools import partial
from pathlib import Path

root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))
warnings.simplefilter('ignore')
limit = 1e-6                                    # largest difference of a weight, or of a number of the training table; above 1, a share
faults = {                                      # fault -> the Learner that must show it
    'metric': ('nll', 'each process scores its own half of the validation cases'),
    'gradient': ('classes', 'gradients are not averaged'),
    'risks': ('survival', 'each process has a risk set of its own'),
    'modularity': ('umeml classes', "modularity is the mean of a process's own cases"),
    'order': ('teacher', 'gradients are coordinated before they are averaged'),
    'pairs': ('mirror', 'each process aligns its own pairs')}

# ---- data and Learners

def planted():
    "Cohort and the genes of both subspaces"
    from mmpath.all import GeneSets,gene_subspaces,planted_cohort
    made = planted_cohort(60, seed=1, n_tiles=(8,16), missing=dict(slide=.1, expr=.1))
    return made.cohort,gene_subspaces(made.cohort.expr, GeneSets.from_labels(made.truth.gene_module), 'planted')

def fold_of(cohort):
    from mmpath.all import Fold
    cases = cohort.target('OS').cases
    return Fold('two', cases[:33], cases[42:], cases[33:42])

def loaders(cohort, target, bs, clin=False):
    from mmpath.all import cohort_dls
    kw = dict(use=('slide','expr','clin'), covariates=['age']) if clin else dict(use=('slide','expr'))
    return cohort_dls(cohort, target, fold_of(cohort), bs=bs, n_tiles=8, device='cpu', **kw)

def teacher(cohort, genes, bs):
    from mmpath.all import teacher_learner
    kw = dict(d=16, d_head=4, stride=2, dropout=0., omic_dropout=0.)
    return teacher_learner(loaders(cohort, 'OS', bs), genes, loss='cox', lr=.01, model_kw=kw)

def student(cohort, genes, bs):
    from mmpath.all import quiet_fit,student_learner
    taught = teacher(cohort, genes, 8)
    quiet_fit(taught, 1)
    return student_learner(loaders(cohort, 'OS', bs), taught, lr=.01, model_kw=dict(tokens=4, dropout=0.))

def mirror(cohort, genes, bs):
    from mmpath.all import mirror_learner,pretrain_dls
    dls = pretrain_dls(cohort, fold_of(cohort), bs=bs, n_tiles=8, device='cpu')
    kw = dict(bag='20x', d=24, positions=8, prototypes=16, style=(24,16,8), ratios=(1.,1.), slide_kw=dict(exact=True, dropout=0.))
    return mirror_learner(dls, lr=1e-4, model_kw=kw)

def umeml(target, cohort, genes, bs):
    from mmpath.all import umeml_learner
    still = dict(bag='20x', d=32, groups=4, tile_dropout=0., dropout=0.)
    return umeml_learner(loaders(cohort, target, bs), model_kw=still)

def fused(target, loss, cohort, genes, bs):
    from mmpath.all import classification_learner,survival_learner
    dls,kw = loaders(cohort, target, bs, clin=True),dict(model_kw=dict(d=8, dropout=0.))
    if target=='subtype': return classification_learner(dls, **kw)
    return survival_learner(dls, loss=loss, **kw)

learners = {
    'survival': partial(fused, 'OS', 'cox'),
    'nll': partial(fused, 'OS', 'nll'),
    'classes': partial(fused, 'subtype', None),
    'umeml survival': partial(umeml, 'OS'),
    'umeml classes': partial(umeml, 'subtype'),
    'teacher': teacher,
    'student': student,
    'mirror': mirror}

def without_noise():
    "MIRROR's codes without their random part"
    import torch
    from mmpath.losses import clustering
    clustering._code_noise = lambda mu, generator=None: torch.zeros_like(mu)

def quiet(learn, n, **kw):
    with learn.no_bar(), learn.no_logging(): learn.fit(n, **kw)

def trained(learn, lr=1e-3):
    "Weights and table after two epochs"
    from fastai.optimizer import SGD
    learn.opt_func = SGD
    quiet(learn, 2, lr=lr)
    columns = list(learn.recorder.metric_names)[1:-1]
    return dict(weights={k:v.clone() for k,v in learn.model.state_dict().items()},
        table=[dict(zip(columns, map(float, row))) for row in learn.recorder.values])

# ---- in one of two processes

def plant(fault):
    "Break what the name says"
    from mmpath.data import shares
    from mmpath.learners import gradients,mirror,umeml
    whole = shares.SharedTraining.whole
    def own_half(in_training): return lambda self, o: o if self.learn.training==in_training else whole(self, o)
    def own_cases(learn, o): return o
    if fault=='metric': shares.SharedTraining.whole = own_half(False)
    if fault=='risks': shares.SharedTraining.whole = own_half(True)
    if fault=='gradient': shares.average_gradients = lambda params: None
    if fault=='modularity': umeml.whole_batch = own_cases
    if fault=='order': shares.SharedTraining.order = gradients.GradientCoordination.order+1
    if fault=='pairs': mirror.TellLoss.before_batch = lambda self: setattr(self.learn.loss_func, 'shared', True)

def what_is_left(cohort, genes, d):
    "Files that are written by one process and read by both; a Learner whose training was stopped"
    import torch
    from fastai.callback.core import Callback
    from fastai.callback.progress import CSVLogger
    from mmpath.all import SaveBest
    rank = int(os.environ['RANK'])
    make = partial(learners['survival'], cohort, genes, 4)
    first,best = make(),SaveBest('c_index', d/'best.safetensors')
    with first.distrib_ctx(): quiet(first, 3, cbs=[best, CSVLogger(d/'log.csv')])
    again = make().load_weights(d/'best.safetensors')
    same = all(torch.equal(v, again.model.state_dict()[k]) for k,v in first.model.state_dict().items())
    first.export(d/f'learner{rank}.pkl')
    class Stop(Callback):
        def after_pred(self):
            if self.training and self.epoch==2: raise KeyboardInterrupt
    def resumed(path, stop=False):
        learn = make()
        try:
            with learn.distrib_ctx(), learn.no_bar(), learn.no_logging(): learn.fit_resume(3, path, cbs=Stop() if stop else None)
        except KeyboardInterrupt: pass
        return learn
    copy.deepcopy(resumed(d/'run.ckpt', stop=True).model)
    on,undisturbed = resumed(d/'run.ckpt'),resumed(d/'whole.ckpt')
    apart = max((a-b).abs().max().item() for a,b in zip(on.model.parameters(), undisturbed.model.parameters()))
    return dict(rank=rank, best=best.best_epoch, best_read=same, resumed=apart, predicted=len(first.predict_cases()),
        log=len((d/'log.csv').read_text().splitlines()), exported=sorted(p.name for p in d.glob('learner*.pkl')))

def in_process(out, fault, names):
    "What each of both processes does"
    import torch
    torch.set_num_threads(1)
    without_noise()
    plant(fault)
    cohort,genes = planted()
    done,rank = {},int(os.environ['RANK'])
    for name in names:
        learn = learners[name](cohort, genes, 4)
        with learn.distrib_ctx(): done[name] = trained(learn)
    left = None if fault else what_is_left(cohort, genes, out)
    torch.save(dict(done=done, left=json.dumps(left)), out/f'process{rank}.pt')
    torch.distributed.barrier()                             # nobody leaves while the other still talks,
    os._exit(0)                                             # and Gloo's threads, which now and then abort, are not taken down

# ---- around them

def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]

def start(out, fault, names):
    "Start both, as a launcher does"
    where = dict(MASTER_ADDR='127.0.0.1', MASTER_PORT=str(free_port()), WORLD_SIZE='2', LOCAL_WORLD_SIZE='2', ACCELERATE_USE_CPU='1')
    def one(rank):
        env = os.environ|where|dict(RANK=str(rank), LOCAL_RANK=str(rank), OMP_NUM_THREADS='1')
        command = [sys.executable, __file__, '--as-process', str(out), fault, *names]
        return subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    return [one(rank) for rank in range(2)]

def finish(processes, patience=400):
    "Wait for both; raise what they said where one failed"
    said = [p.communicate(timeout=patience)[1] for p in processes]
    bad = [f'{p.returncode}: {e[-2000:]}' for p,e in zip(processes,said) if p.returncode]
    if bad: raise RuntimeError('a process failed:\n'+'\n'.join(bad))

def alone(names):
    "The same in this process, with batches of 8"
    import torch
    torch.set_num_threads(1)
    without_noise()
    cohort,genes = planted()
    return {name: trained(learners[name](cohort, genes, 8)) for name in names}

def apart(a, b):
    "Largest difference of two lists of numbers, as a share where they are above 1; two that are not there are equal"
    def far(x, y): return 0. if x!=x and y!=y else abs(x-y)/max(1., abs(x)) if x==x and y==y else float('inf')
    return max(map(far, a, b), default=0.)

def numbers(table): return [v for row in table for v in row.values()]

def compare(name, one, two):
    "Differences of a Learner's weights and tables, and what is wrong"
    weights = [max((one['weights'][k]-o['weights'][k]).abs().max().item() for k in one['weights']) for o in two]
    tables = [apart(numbers(one['table']), numbers(o['table'])) for o in two]
    between = apart(numbers(two[0]['table']), numbers(two[1]['table']))
    print(f'{name:15} weights {max(weights):.1e}   table {max(tables):.1e}   between both {between:.1e}   {one["table"][-1]}')
    return [f'{name}: {what} differ by {v:.1e}' for what,v in
        (('weights',max(weights)), ('tables',max(tables)), ('the tables of both processes',between)) if not v<=limit]

def check_left(left):
    "What is wrong with what was written and left behind"
    want = dict(best_read=True, log=4, exported=['learner0.pkl'], predicted=9)
    bad = [f'process {o["rank"]}: {k} is {o[k]}, expected {v}' for o in left for k,v in want.items() if o[k]!=v]
    bad += [f'process {o["rank"]}: resumed training differs by {o["resumed"]:.1e}' for o in left if not o['resumed']<=limit]
    return bad + ([] if left[0]['best']==left[1]['best'] else [f'best epochs {[o["best"] for o in left]}'])

def test(names, fault='', one=None):
    "What is wrong"
    import torch
    with tempfile.TemporaryDirectory() as d:
        processes = start(Path(d), fault, names)
        one = one or alone(names)
        finish(processes)
        two = [torch.load(Path(d)/f'process{r}.pt', weights_only=True) for r in range(2)]
    bad = [o for name in names for o in compare(name, one[name], [t['done'][name] for t in two])]
    return bad if fault else bad+check_left([json.loads(t['left']) for t in two])

def prove(some):
    "Plant some faults"
    unseen,names = [],list({faults[o][0] for o in some})
    one = alone(names)
    for fault in some:
        name,what = faults[fault]
        bad = test([name], fault, one)
        print(f'   fault {fault} ({what}): {"noticed, "+bad[0] if bad else "NOT NOTICED"}')
        if not bad: unseen.append(fault)
    if unseen: sys.exit(f'not noticed: {", ".join(unseen)}')

if __name__=='__main__':
    words,t = sys.argv[1:],time.monotonic()
    if words[:1]==['--as-process']: in_process(Path(words[1]), words[2], words[3:])
    elif words[:1]==['--prove']: prove(words[1:] or list(faults))
    else:
        bad = test([o for o in words if o in learners] or list(learners))
        if bad: sys.exit('\n'.join(bad))
        print(f'two processes train as one, in {time.monotonic()-t:.0f} s')
