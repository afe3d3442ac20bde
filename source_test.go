package soak

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// clockFuncs read or wait for the real clock, by package.
var clockFuncs = map[string][]string{
	"time":           {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"},
	module + "/loop": {"Sleep"},
}

// sleepFuncs are what tests must not do; they may hand loop.Sleep to a server.
var sleepFuncs = map[string][]string{"time": {"Sleep"}}

// constantCalls make values that nothing can change afterwards.
var constantCalls = []string{
	"errors.New", "fmt.Errorf", "strings.NewReplacer", "slices.Concat", "time.Unix", "time.UnixMilli", "time.Date",
	"math.Inf", "math.NaN", "reflect.TypeOf", "reflect.TypeFor", "crc32.MakeTable", "base64.NewEncoding",
}

func TestSourcesKeepTheHouseRules(t *testing.T) {
	for _, p := range listPackages(t) {
		files := map[string]string{}
		for _, name := range slices.Concat(p.GoFiles, p.IgnoredGoFiles, p.TestGoFiles, p.XTestGoFiles) {
			text, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			files[name] = string(text)
		}
		for _, complaint := range checkSources(local(p.ImportPath), files) {
			t.Error(complaint)
		}
	}
}

// checkSources tells every breach of the house rules in the files (name to text)
// of the package in directory dir: real clocks where time is a parameter, sleeps
// in tests, init functions, and package variables that something may change.
func checkSources(dir string, files map[string]string) []string {
	r := &rules{dir: dir, fset: token.NewFileSet()}
	var product, tests []*ast.File
	for _, name := range sortedKeys(files) {
		f, err := parser.ParseFile(r.fset, filepath.Join(dir, name), files[name], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return []string{err.Error()}
		}
		if strings.HasSuffix(name, "_test.go") {
			tests = append(tests, f)
		} else {
			product = append(product, f)
		}
	}
	r.resolve(product)
	for _, f := range product {
		r.checkClock(f, clockFuncs, clockAllowed(dir, filepath.Base(r.fset.Position(f.Pos()).Filename)))
		r.checkInit(f)
		r.checkVars(f)
		r.checkWrites(f)
	}
	for _, f := range tests {
		r.resolve([]*ast.File{f}) // alone: internal and external tests are two packages
		r.checkClock(f, sleepFuncs, imports(f, "testing/synctest"))
		r.checkInit(f)
	}
	return r.complaints
}

// imports tells whether f imports the package. Tests that import synctest sleep in
// a bubble, where sleeping takes no time.
func imports(f *ast.File, path string) bool {
	return slices.ContainsFunc(f.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == strconv.Quote(path) })
}

func clockAllowed(dir, file string) bool {
	return dir == "loop" || within(dir, "cmd") || dir == "fleet" && strings.HasPrefix(file, "wall_")
}

type rules struct {
	dir        string
	fset       *token.FileSet
	info       *types.Info
	scope      *types.Scope
	complaints []string
}

func (r *rules) add(at ast.Node, format string, args ...any) {
	pos := r.fset.Position(at.Pos())
	r.complaints = append(r.complaints, fmt.Sprintf("%s:%d: %s", pos.Filename, pos.Line, fmt.Sprintf(format, args...)))
}

// resolve finds what every identifier stands for. Imports stay unread: whether a
// name is a package or one of our own variables is all the rules ask.
func (r *rules) resolve(files []*ast.File) {
	r.info = &types.Info{
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	config := types.Config{Error: func(error) {}, Importer: unread{}}
	checked, _ := config.Check(r.dir, r.fset, files, r.info) // errors are about the unread imports
	r.scope = checked.Scope()
}

type unread struct{}

func (unread) Import(string) (*types.Package, error) { return nil, errors.New("not read") }

// imported gives the package path and name of a selector such as time.Now,
// whatever the file calls the package.
func (r *rules) imported(e ast.Expr) (path, name string) {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	if p, ok := r.info.Uses[id].(*types.PkgName); ok {
		return p.Imported().Path(), sel.Sel.Name
	}
	return "", ""
}

func (r *rules) checkClock(f *ast.File, banned map[string][]string, allowed bool) {
	if allowed {
		return
	}
	for _, spec := range f.Imports {
		if spec.Path.Value == `"time"` && spec.Name != nil && spec.Name.Name == "." {
			r.add(spec, "dot import of time hides the clock")
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		e, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if path, name := r.imported(e); slices.Contains(banned[path], name) {
			r.add(n, "%s.%s: the real clock stands in loop, in fleet's wall_*.go and in cmd only, and tests sleep in synctest's bubbles only; take now, a loop or an injected func", filepath.Base(path), name)
		}
		return true
	})
}

func (r *rules) checkInit(f *ast.File) {
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			r.add(fn, "func init: nothing runs before main; make it a value or a function somebody calls")
		}
	}
}

// checkVars looks at how package variables begin.
func (r *rules) checkVars(f *ast.File) {
	for _, d := range f.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.VAR {
			continue
		}
		for _, s := range decl.Specs {
			spec := s.(*ast.ValueSpec)
			if blank(spec) || embedded(decl.Doc) || embedded(spec.Doc) || zeroes(spec) {
				continue
			}
			if len(spec.Values) == 0 {
				r.add(spec, "var %s has no value: a package variable that is filled later is global state", spec.Names[0].Name)
			}
			for _, v := range spec.Values {
				r.checkInitializer(spec.Names[0].Name, v)
			}
		}
	}
}

func blank(spec *ast.ValueSpec) bool {
	return !slices.ContainsFunc(spec.Names, func(id *ast.Ident) bool { return id.Name != "_" })
}

// zeroes tells whether spec is an array of zeroes to read from.
func zeroes(spec *ast.ValueSpec) bool {
	array, ok := spec.Type.(*ast.ArrayType)
	return ok && array.Len != nil && len(spec.Values) == 0
}

func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool {
		return strings.HasPrefix(c.Text, "//go:embed ")
	})
}

// checkInitializer allows tables, sentinels and compiled patterns, and nothing
// that holds state.
func (r *rules) checkInitializer(name string, value ast.Expr) {
	ast.Inspect(value, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit: // runs later, and is then somebody's call
			return false
		case *ast.ChanType:
			r.add(n, "var %s: a channel is state", name)
		case *ast.CompositeLit:
			if path, typ := r.imported(n.Type); path == "sync" || path == "sync/atomic" {
				r.add(n, "var %s: %s.%s is state; put it in the struct that owns it", name, filepath.Base(path), typ)
			}
		case *ast.CallExpr:
			if !r.constant(n) {
				r.add(n, "var %s: a call makes something that can change; allowed are Must…, own functions that return plain values, and %s", name, strings.Join(constantCalls, ", "))
			}
		}
		return true
	})
}

func (r *rules) constant(call *ast.CallExpr) bool {
	if path, name := r.imported(call.Fun); path != "" {
		return strings.HasPrefix(name, "Must") || slices.Contains(constantCalls, filepath.Base(path)+"."+name)
	}
	switch fn := ast.Unparen(call.Fun).(type) {
	case *ast.SelectorExpr: // a method of such a value: time.Unix(…).UTC()
		inner, ok := fn.X.(*ast.CallExpr)
		return ok && r.constant(inner)
	case *ast.Ident: // a conversion, or len and the like
		switch r.info.Uses[fn].(type) {
		case *types.TypeName:
			return true
		case *types.Builtin:
			return fn.Name != "make" && fn.Name != "new"
		case *types.Func: // an entry of a table, written once for many
			return plain(r.info.Uses[fn].Type().(*types.Signature).Results(), 0)
		}
	case *ast.ArrayType, *ast.InterfaceType, *ast.StarExpr: // []byte("…"), (*T)(nil)
		return true
	}
	return false
}

// plain tells whether a value of type t shares nothing that could be written
// through it: no pointer, map or channel. Slices are let through, for tables, and
// imported types, which are not read.
func plain(t types.Type, depth int) bool {
	switch t := t.Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Chan, *types.Interface:
		return false
	case *types.Slice:
		return depth > 5 || plain(t.Elem(), depth+1)
	case *types.Array:
		return plain(t.Elem(), depth+1)
	case *types.Tuple:
		for v := range t.Variables() {
			if !plain(v.Type(), depth+1) {
				return false
			}
		}
	case *types.Struct:
		for f := range t.Fields() {
			if !plain(f.Type(), depth+1) {
				return false
			}
		}
	}
	return true
}

// checkWrites looks for anything that changes a package variable or lets its
// address escape, as a call of a method with a pointer receiver does.
func (r *rules) checkWrites(f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				r.checkTargets("assigned to", n.Lhs...)
			}
		case *ast.IncDecStmt:
			r.checkTargets("changed", n.X)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				r.checkTargets("assigned to", n.Key, n.Value)
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				r.checkTargets("address taken", n.X)
			}
		case *ast.CallExpr:
			if id, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && slices.Contains([]string{"delete", "clear", "copy"}, id.Name) {
				r.checkTargets(id.Name+" on it", n.Args[0])
			}
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && r.takesAddress(sel) {
				r.checkTargets("address taken by "+sel.Sel.Name, sel.X)
			}
		}
		return true
	})
}

func (r *rules) checkTargets(what string, targets ...ast.Expr) {
	for _, target := range targets {
		id := root(target)
		if id == nil {
			continue
		}
		if v, ok := r.info.Uses[id].(*types.Var); ok && v.Parent() == r.scope {
			r.add(target, "package variable %s: %s; package variables never change", id.Name, what)
		}
	}
}

// takesAddress tells whether calling the method changes or could change the very
// variable it is called on: x.m() is (&x).m().
func (r *rules) takesAddress(sel *ast.SelectorExpr) bool {
	chosen := r.info.Selections[sel]
	if chosen == nil || chosen.Kind() != types.MethodVal {
		return false
	}
	_, toPointer := chosen.Obj().Type().(*types.Signature).Recv().Type().(*types.Pointer)
	_, isPointer := chosen.Recv().(*types.Pointer)
	return toPointer && !isPointer
}

// root is the x of x, x.f, x[i], x[i:j], *x and (x).
func root(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return root(e.X)
	case *ast.IndexExpr:
		return root(e.X)
	case *ast.SliceExpr:
		return root(e.X)
	case *ast.StarExpr:
		return root(e.X)
	case *ast.ParenExpr:
		return root(e.X)
	}
	return nil
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
