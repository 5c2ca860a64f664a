"""What a case of a bad input is, how it is run, and what came of it.

A case acts in a fresh folder. It expects a result (a predicate holds) or an error that a reader can use: `ValueError` or `TypeError`,
raised by mmpath itself, that names the file, column, case, slide or gene and says what to do. What else comes is one of four defects:

    raw     another library's error, or one that lacks the name or the remedy; a crash; what should be read is refused
    silent  no error where one is needed, or a wrong result
    unsafe  something was written outside the folder, or code of the input ran
    lost    a file that was there before is gone, changed, or half written"""
import linecache,os,resource,shutil,signal,sys,tempfile,traceback,warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any,Callable

root = Path(__file__).resolve().parent.parent.parent
outcomes = 'right','clear error','raw','silent','unsafe','lost'
defects = outcomes[2:]

class Unsafe(Exception): "Something happened outside of the folder of a case"
class Lost(Exception): "A file that was there is no more what it was"

class Error:
    "An error that a reader can use: its message holds all `words` (a tuple: one of them), whatever their capitals"
    def __init__(self, *words, kinds=(ValueError,TypeError)): self.words,self.kinds = words,kinds
    def lacks(self, text:str)->list:
        "The words that a message lacks"
        text = text.lower()
        return [w for w in self.words if not any(str(o).lower() in text for o in (w if isinstance(w,tuple) else (w,)))]

class Stops(Error): "A command that ends with a status that is not 0, all `words` said and no traceback; the case returns (status, text)"

@dataclass
class Case:
    "One try: `do(folder)`, and what is expected of it: a predicate on what it returns, an `Error`, or a tuple of several that will do"
    kind:str
    name:str
    do:Callable[[Path],Any]
    expect:Any
    open:str='' # Why it is known to fail, in one line

def is_ours(e:BaseException)->bool:
    "Whether an error is of a plain kind and raised by a line of mmpath (not by what that line calls)"
    if type(e).__module__.split('.')[0] not in ('builtins','mmpath'): return False
    tb = e.__traceback__
    if tb is None: return False
    while tb.tb_next is not None: tb = tb.tb_next
    file = tb.tb_frame.f_code.co_filename
    return Path(file).is_relative_to(root/'mmpath') and 'raise' in linecache.getline(file, tb.tb_lineno)

def said(e:BaseException)->str:
    "An error on one line"
    return ' '.join(f'{type(e).__name__}: {e}'.split())[:400]

def _of_error(e, expect)->tuple[str,str]:
    "What an error is worth"
    for o in expect:
        if not isinstance(o,Error) or isinstance(o,Stops): continue
        if isinstance(e,o.kinds) and is_ours(e) and not o.lacks(str(e)): return 'clear error',''
    wanted = [o for o in expect if isinstance(o,Error)]
    if not wanted: return 'raw',f'refused: {said(e)}'
    missing = [w for o in wanted for w in o.lacks(str(e))]
    if isinstance(e,wanted[0].kinds) and is_ours(e): return 'raw',f'lacks {missing}: {said(e)}'
    at = traceback.extract_tb(e.__traceback__)[-1]
    return 'raw',f'{said(e)} (from {Path(at.filename).name}:{at.lineno})'

def _of_command(got, expect)->tuple[str,str]:
    "What the end of a command is worth"
    status,text = got
    short = ' '.join(text.split())[-300:]
    if 'Traceback' in text: return 'raw',short
    if status==0: return 'silent',f'status 0: {short}'
    missing = expect.lacks(text)
    return ('raw',f'lacks {missing}: {short}') if missing else ('clear error','')

def _of_result(got, expect)->tuple[str,str]:
    "What a result is worth"
    if len(expect)==1 and isinstance(expect[0],Stops): return _of_command(got, expect[0])
    tests = [o for o in expect if not isinstance(o,Error)]
    if not tests: return 'silent',f'no error: {str(got)[:200]!r}'
    why = ''
    for test in tests:
        try:
            if test(got): return 'right',''
        except Exception as e: why = f' ({said(e)})'
    return 'silent',f'wrong: {str(got)[:200]!r}{why}'

def _files(folder:Path, but:Path)->set[Path]:
    "All files and folders below one, without those of the case, and what absolute names of the cases lead to"
    return {o for o in folder.rglob('*') if not o.is_relative_to(but)} | set(Path('/tmp').glob('evil*'))

def run_case(case:Case)->tuple[str,str]: # One of `outcomes`; more about it
    "Try a case"
    outer = Path(tempfile.mkdtemp(prefix='faults-'))
    outer.chmod(0o755)
    folder = outer/'a'/'b'/'c'/'work'
    folder.mkdir(parents=True)
    here,before = os.getcwd(),_files(outer, folder)
    expect = case.expect if isinstance(case.expect,tuple) else (case.expect,)
    os.chdir(folder)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            try: found = _of_result(case.do(folder), expect)
            except Unsafe as e: found = 'unsafe',str(e)
            except Lost as e: found = 'lost',str(e)
            except (Exception,SystemExit) as e: found = _of_error(e, expect)
        new = sorted(_files(outer, folder)-before)
        return ('unsafe',f'made {new[0]}') if new else found
    finally:
        os.chdir(here)
        shutil.rmtree(outer, ignore_errors=True)

@contextmanager
def untouched(*paths:Path):
    "Raises `Lost` unless the files are afterwards what they were, whatever happens in between"
    before = {p: p.read_bytes() for p in paths}
    try: yield
    finally:
        for p,b in before.items():
            if not p.exists(): raise Lost(f'{p.name} is gone')
            if p.read_bytes()!=b: raise Lost(f'{p.name} is no more what it was')

def no_leftovers(folder:Path)->None:
    "Raises `Lost` where a file is left half written"
    left = [o.name for o in folder.rglob('*') if '.tmp' in o.name]
    if left: raise Lost(f'{left[0]} is left over')

def in_child(f:Callable, *args, limits:dict|None=None)->tuple[int,str]: # Status; what it printed
    "Call `f` in a process of its own, forked from this one, under limits of the system"
    ours,theirs = os.pipe()
    pid = os.fork()
    if pid==0:
        os.close(ours)
        code = 1
        try: code = _child(f, args, limits or {}, theirs)
        finally: os._exit(code)
    os.close(theirs)
    with os.fdopen(ours, errors='replace') as said: text = said.read()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]),text

def _child(f, args, limits, out)->int:
    "The life of a child: what it prints goes into `out`; its status"
    for fd in (1,2): os.dup2(out, fd)
    os.close(out)
    sys.stdout,sys.stderr = (os.fdopen(os.dup(fd), 'w', buffering=1) for fd in (1,2))
    if limits: signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for k,v in limits.items(): resource.setrlimit(k, (v,v))
    code = 1
    try:
        f(*args)
        code = 0
    except SystemExit as e: code = _status_of(e)
    except BaseException: traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    return code

def _status_of(e:SystemExit)->int:
    "The status a process ends with"
    if e.code is None or isinstance(e.code,int): return e.code or 0
    print(e.code, file=sys.stderr)
    return 1
