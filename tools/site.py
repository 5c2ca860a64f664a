"""The site's navigation: `python tools/site.py` checks it, `python tools/site.py --write` writes it.

    python tools/site.py            # fails where something below is out of date
    python tools/site.py --write    # writes it

- `nbs/sidebar.yml`: all pages in reading order; the API by floor, under the question that is asked there (`tools/house.py`).
- `nbs/changelog.qmd`: the page made of CHANGELOG.md. `nbs/llms.txt`: every page with its one line, for language models.
- Cells in the notebooks, known by their ids. Below the title of what is read and run: `site-badges` (Colab, Binder) and
  `site-install`; at its foot `site-foot` (next, previous, the API pages it uses). At the foot of an API page: `site-seen`
  (where it is used). No other cell is touched.

Which API pages a page uses is read from its code: names that a module exports, counted with `ast`."""
import ast,json,re,sys,tomllib
from collections import Counter,namedtuple
from functools import cached_property
from house import Module,floors
from pages import html_path,root,site_url,source

nbs = root/'nbs'
project = tomllib.loads((root/'pyproject.toml').read_text(encoding='utf-8'))['project']
repository = project['urls']['Repository'].rstrip('/')
branch = 'main'
most = 10                                                             # API pages named at a foot, pages named on an API page
Section = namedtuple('Section', 'folder title one guided')            # guided: read in order, and run by the reader
sections = [Section('course', 'Course', 'course', True), Section('tutorials', 'Tutorials', 'tutorial', True),
            Section('howto', 'How-to', 'how-to', True), Section('explanations', 'Explanations', 'explanation', True),
            Section('benchmarks', 'Benchmarks', 'benchmark', False)]

install = '''#| code-fold: true
#| code-summary: "Install mmpath where it is missing (Colab)"
import importlib.util
if importlib.util.find_spec('mmpath') is None:
    %pip install -q git+{repository}'''.format(repository=repository)

# ---- pages

class Page:
    "A notebook of `nbs`, its title and its one line"
    def __init__(self, path):
        self.path,self.rel = path,path.relative_to(nbs).as_posix()
        self.nb = json.loads(path.read_text(encoding='utf-8'))
        head = next((source(c) for c in self.nb['cells'] if c['cell_type']=='markdown'), '')
        self.title = next(iter(re.findall(r'^# (.+)$', head, re.M)), path.stem).strip()
        self.summary = ' '.join(next(iter(re.findall(r'^> (.+(?:\n> .+)*)', head, re.M)), '').replace('\n> ', ' ').split())
        self.own = [c for c in self.nb['cells'] if not c.get('id','').startswith('site-')]
    @property
    def runs(self): return any(c['cell_type']=='code' for c in self.own)
    @cached_property
    def used(self): return used_names(self.own)
    def link_to(self, other):
        "A link from this page to another, as a relative path"
        up = '' if '/' not in self.rel else '../'
        same = self.path.parent==other.path.parent
        return other.path.name if same else up+other.rel

def reading_order(path):
    "By number; what has none, in the order in which the index names it"
    number = re.match(r'\d+[a-z]*(?=_)', path.name)
    at = index_text().find(f'{path.parent.name}/{path.name}')
    return path.stem!='index', number[0] if number else '~', at if at>=0 else len(index_text()), path.name

def index_text(): return (nbs/'index.ipynb').read_text(encoding='utf-8')

def pages_of(folder): return [Page(p) for p in sorted((nbs/folder).glob('*.ipynb'), key=reading_order)]

class Site:
    "All pages, section by section"
    def __init__(self):
        self.index = Page(nbs/'index.ipynb')
        self.by = {s:pages for s in sections if (pages := pages_of(s.folder))}
        self.api = pages_of('api')
        self.modules = [Module(p.path) for p in self.api]
    @property
    def all(self): return [self.index, *(p for ps in self.by.values() for p in ps), *self.api]
    @cached_property
    def path(self): return [self.index, *(p for s,ps in self.by.items() if s.guided for p in ps)]
    @cached_property
    def exporters(self):
        "Name: the API page that exports it"
        made = {f'mmpath.{m.name}':p for m,p in zip(self.modules, self.api)}
        return {name:p for module,p in made.items() for name in exported(module)}
    def uses(self, page):
        "API page: how often each of its names is used on a page"
        found = {}
        for name,n in page.used.items():
            if name in self.exporters: found.setdefault(self.exporters[name], Counter())[name] += n
        return found
    def chosen(self, page):
        "At most ten API pages, those used most, in the order of floors"
        found = self.uses(page)
        often = sorted(found, key=lambda p: -found[p].total())[:most]
        return {p:found[p] for p in self.api if p in often}
    def floors(self):
        "(question, API pages) of each floor"
        for first,last,question in floors:
            here = [p for p in self.api if first<=p.path.name[:2]<=last]
            if here: yield question,here

# ---- which names a page uses

def exported(module):
    "`__all__` of a module, read and not imported"
    path = root/(module.replace('.','/')+'.py')
    if not path.exists(): sys.exit(f'{path.relative_to(root)} is missing: nbdev-export')
    for node in ast.parse(path.read_text(encoding='utf-8')).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], 'id', '')=='__all__': return ast.literal_eval(node.value)
    return []

def python(text):
    "The code of a cell without magics; nothing where it is no Python"
    text = re.sub(r'^(\s*)[%!].*$', r'\1pass', text, flags=re.M)
    try: return ast.parse(text).body
    except SyntaxError: return []

def used_names(cells):
    "Names that code reads and does not make itself, and attributes of modules, each with its number of uses"
    trees = [n for c in cells if c['cell_type']=='code' for n in python(source(c))]
    nodes = [n for t in trees for n in ast.walk(t)]
    imported = {a.asname or a.name for n in nodes if isinstance(n, ast.ImportFrom) and n.module=='mmpath' for a in n.names}
    made = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    made |= {n.name for n in nodes if isinstance(n, (ast.FunctionDef,ast.ClassDef))} | {n.arg for n in nodes if isinstance(n, ast.arg)}
    read = Counter(n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.id not in made)
    return read + Counter(n.attr for n in nodes if isinstance(n, ast.Attribute) and getattr(n.value, 'id', None) in imported)

# ---- cells

def markdown(id, text): return dict(cell_type='markdown', id=id, metadata={}, source=text.splitlines(True))

def code(id, text):
    return dict(cell_type='code', id=id, metadata={}, source=text.splitlines(True), outputs=[], execution_count=None)

def badges(page):
    file = f'nbs/{page.rel}'
    copy = re.fullmatch(r'course/(\d\d_\w+\.ipynb)', str(page.rel))           # a session is tried in a student's copy
    at = f'course/{copy[1]}' if copy else f'{branch}/{file}'
    colab = f'https://colab.research.google.com/github/{repository.removeprefix("https://github.com/")}/blob/{at}'
    binder = f'https://mybinder.org/v2/gh/{repository.removeprefix("https://github.com/")}/{branch}?labpath={file.replace("/","%2F")}'
    badge = f'[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})'
    if copy: return markdown('site-badges', badge)          # Binder would open the teacher's notebook, with solutions
    return markdown('site-badges', f'{badge}\n[![Open in Binder](https://mybinder.org/badge_logo.svg)]({binder})')

def foot(site, page):
    "Where to go from here, and what was used"
    i = site.path.index(page)
    around = [('Next',site.path[i+1:i+2]), ('Before',site.path[i-1:i])]
    lines = [' · '.join(f'**{word}:** [{p.title}]({page.link_to(p)})' for word,ps in around for p in ps)]
    if chosen := site.chosen(page):
        lines.append('**API pages used here**')
        names = lambda counts: ', '.join(f'`{n}`' for n,_ in counts.most_common(4))
        lines.append('\n'.join(f'- [{module_name(p)}]({page.link_to(p)}): {names(counts)}' for p,counts in chosen.items()))
    return markdown('site-foot', '---\n\n'+'\n\n'.join(lines))

def module_name(page): return re.sub(r'^\d+[a-z]*_', '', page.path.stem)

def seen(site, page):
    "Where an API page is used; `None` where it is not"
    where = [(s,p,site.chosen(p)[page].total()) for s,ps in site.by.items() for p in ps if page in site.chosen(p)]
    often = sorted(where, key=lambda o: -o[2])[:most]
    links = [f'{s.one} [{p.title}]({page.link_to(p)})' for s,p,n in where if (s,p,n) in often]
    return markdown('site-seen', f'---\n\n**Where it is used:** {"; ".join(links)}.') if links else None

def navigation(site):
    "(page, cells below its title, cells at its foot)"
    for page in site.path[1:]:
        yield page,[badges(page),code('site-install', install)] if page.runs else [],[foot(site, page)]
    for p in site.api:
        cell = seen(site, p)
        yield p,[],[cell] if cell else []

def notebook_text(nb): return json.dumps(nb, sort_keys=True, indent=1, ensure_ascii=False)+'\n'

# ---- files

def quoted(text): return json.dumps(text, ensure_ascii=False)         # a JSON string is a YAML string

def sentence(question): return question[0].upper()+question[1:]

def sidebar(site):
    "The sidebar as YAML"
    entry = lambda p, depth: f'{"  "*depth}- {p.rel}'
    lines = ['# Made by tools/site.py', 'website:','  sidebar:','    contents:', '      - text: Home','        href: index.ipynb']
    def section(title, pages, depth):
        lines.extend([f'{"  "*depth}- section: {quoted(title)}', f'{"  "*depth}  contents:'])
        lines.extend(entry(p, depth+2) for p in pages)
    for s,pages in site.by.items(): section(s.title, pages, 3)
    section('API', [], 3)
    for question,pages in site.floors(): section(sentence(question), pages, 5)
    return '\n'.join([*lines, '      - text: Changelog','        href: changelog.qmd'])+'\n'

def changelog():
    "CHANGELOG.md as a page: links start at `nbs` there"
    title,_,text = (root/'CHANGELOG.md').read_text(encoding='utf-8').partition('\n')
    text = re.sub(r'\]\(nbs/', '](', text)
    return f'---\ntitle: {title.lstrip("# ")}\ndescription: What changed, version by version\n---\n\n' \
           f'<!-- Made from CHANGELOG.md by tools/site.py: edit that file. -->\n{text}'

def llms(site):
    "Every page with its one line, by section (llmstxt.org)"
    line = lambda p: f'- [{p.title}]({site_url}{html_path(p.rel)})' + (f': {p.summary}' if p.summary else '')
    parts = [f'# {project["name"]}', f'> {project["description"]}', f'Source: {repository}. Documentation: {site_url}']
    for s,pages in site.by.items(): parts += [f'## {s.title}', '\n'.join(map(line, pages))]
    for question,pages in site.floors(): parts += [f'## API: {question}', '\n'.join(map(line, pages))]
    return '\n\n'.join([*parts, '## Optional', f'- [Changelog]({site_url}changelog.html): what changed, version by version'])+'\n'

def wanted(site):
    "(file, the text it should have)"
    yield nbs/'sidebar.yml',sidebar(site)
    yield nbs/'changelog.qmd',changelog()
    yield nbs/'llms.txt',llms(site)
    for page,head,tail in navigation(site):
        yield page.path,notebook_text(dict(page.nb, cells=page.own[:1]+head+page.own[1:]+tail))

def out_of_date(site):
    "Files that have another text; a notebook is compared by its cells, whatever its layout"
    for path,text in wanted(site):
        now = path.read_text(encoding='utf-8') if path.exists() else ''
        if path.suffix=='.ipynb' and json.loads(now)['cells']==json.loads(text)['cells']: continue
        if now!=text: yield path,text

def main():
    site = Site()
    bad = [f'{p.rel}: no line of summary ("> ...") under the title' for p in site.all if not p.summary]
    old = list(out_of_date(site))
    if '--write' in sys.argv:
        for path,text in old: path.write_text(text, encoding='utf-8')
        print(f'{len(old)} files written')
    else: bad += [f'{path.relative_to(root)} is out of date: python tools/site.py --write' for path,_ in old]
    if bad: sys.exit('\n'.join(bad))
    print(f'{len(site.all)} pages; sidebar, changelog, llms.txt and the navigation in notebooks are up to date')

if __name__=='__main__': main()
