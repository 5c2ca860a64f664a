"""Shows that `tools/outputs.py --check` notices what it should: one fault of each kind is planted in a small notebook.

    python tools/test_outputs.py"""
import contextlib,io,json,os,sys,tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import outputs as o

png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

def code(id, *lines): return dict(cell_type='code', id=id, source=list(lines), outputs=[], metadata={}, execution_count=None)

def small_notebook():
    "Text, a table, a figure with its picture, a hidden cell, a cell that shows nothing"
    cells = [code('a', 'x = 2'), code('b', 'x*21.5'), code('c', 'import plotly.graph_objects as go\n', 'go.Figure(go.Bar(y=[1,x]))'),
             code('d', '#| hide\n', 'x'), code('e', 'print(f"{x:.2f}")'), code('f', 'assert x==2'), code('g', '[].append(x)')]
    return dict(cells=cells, metadata={}, nbformat=4, nbformat_minor=5)

class Pencil:
    "Stands for the browser: what a picture shows does not matter here"
    def figure(self, spec, scale): return o.base64.b64decode(png)
    widget = figure

def saved(path):
    "Run the small notebook and save it"
    o.write(path, small_notebook())
    ran = o.run((str(path), (), True))
    o.save(path, ran['outputs'], Pencil)
    return o.read(path)

def cell(nb, id): return next(c for c in nb['cells'] if c['id']==id)

def no_picture(nb): del cell(nb, 'c')['outputs'][0]['data']['image/png']
def no_output(nb): cell(nb, 'b')['outputs'] = []
def never_run(nb): cell(nb, 'b').update(outputs=[], metadata={})
def changed_number(nb): cell(nb, 'b')['outputs'][0]['data']['text/plain'] = ['44.0']
def changed_source(nb): cell(nb, 'b')['source'] = ['x*22']
def changed_above(nb): cell(nb, 'a')['source'] = ['x = 3']
def hidden_output(nb): cell(nb, 'd')['outputs'] = cell(nb, 'b')['outputs']
def hidden_import(nb): cell(nb, 'd')['source'] = ['#| hide\n', 'import os\n', 'a = 1\n', 'assert a==1']
def plotly_code(nb): cell(nb, 'b')['outputs'][0]['data']['text/html'] = ['<script>Plotly.newPlot</script>'+' '*200_000]
def too_large(nb): cell(nb, 'b')['outputs'][0]['data']['text/plain'] = ['1 '*400_000]
def lone_widget(nb): cell(nb, 'b')['outputs'] = [dict(output_type='display_data', metadata={}, data={o.view:dict(model_id='1')})]

planted = {no_picture:'no picture', no_output:'taken away', never_run:'has no output', changed_number:'was changed',
           changed_source:'stale', changed_above:'stale', hidden_output:'is hidden',
           hidden_import:'a hidden cell of its own', plotly_code:"plotly's own code", too_large:'kB, more than', lone_widget:'no picture'}

def check_static(path):
    good = saved(path)
    assert not list(o.faults(path)), list(o.faults(path))
    assert 'image/png' in cell(good, 'c')['outputs'][0]['data'] and not cell(good, 'd')['outputs']
    assert cell(good, 'b')['metadata']['ran'] and 'ran' not in cell(good, 'f')['metadata']
    for plant,word in planted.items():
        nb = json.loads(json.dumps(good))
        plant(nb)
        o.write(path, nb)
        found = list(o.faults(path))
        assert any(word in f for f in found), (plant.__name__, found)
        print(f'  {plant.__name__}: {found[0].split(": ", 1)[-1]}')

def check_run(path):
    "A number that differs from the run, with digests that fit: only a run tells"
    nb = saved(path)
    for old,new,told in ((['43.0'],['44.5'],True), (['43.0'],['43.0'],False)):
        c = cell(nb, 'b')
        c['outputs'][0]['data']['text/plain'] = new
        c['metadata']['ran'] = f'{c["metadata"]["ran"].split("-")[0]}-{o.output_digest(c)}'
        o.write(path, nb)
        assert not list(o.faults(path))
        ran = o.run((str(path), (), False))
        assert bool(list(o.differences(path, ran['outputs'])))==told, new
    assert o.same(o.shown([o.kept(dict(output_type='stream', name='stdout', text='12 s, c = 0.71'))]), '~, c = 0.71')
    for a,b,told in (('c 0.712','c 0.713',True), ('c 0.712','c 0.732',False), ('n 120','n 121',False), ('a 1','b 1',False),
                     ('digest 9e6843','digest 9e6843',True), ('digest 9e6843','digest 9e6844',False)):
        assert o.same(a, b)==told, (a,b)
    print('  number that differs from the run: told')

def check_ran(folder):
    "Of notebooks that the tests left, one that shows another number is told; one that differs in its last digit is not"
    path,left = folder/'nbs'/'small.ipynb',folder/'ran'/'small.ipynb'
    for p in (path,left): p.parent.mkdir()
    nb,root = saved(path),o.root
    o.root = folder
    for number,told in ((['43.0'],False), (['43.1'],False), (['47.0'],True)):
        cell(nb, 'b')['outputs'][0]['data']['text/plain'] = number
        o.write(left, nb)
        with contextlib.redirect_stdout(io.StringIO()): found = o.unlike([path], folder/'ran')
        assert bool(found)==told, number
    o.root = root
    print('  notebook that the tests left with another number: told')

def check_paths():
    os.environ['MMPATH_DATA'] = '/somewhere/data'
    assert o.cleaned('/somewhere/data/luad.csv')=='$MMPATH_DATA/luad.csv' and o.cleaned(f'{o.root}/nbs')=='nbs'
    assert o.cleaned('<X object at 0x7f00aa11bb22>')=='<X object>'
    print('  paths and addresses: taken out')

if __name__=='__main__':
    with tempfile.TemporaryDirectory() as d, contextlib.redirect_stderr(io.StringIO()):
        path = Path(d)/'small.ipynb'
        check_static(path)
        check_run(path)
        check_ran(Path(d))
        check_paths()
    print('outputs: each planted fault is noticed')
