package soak

import (
	"strings"
	"testing"
)

// TestCheckSourcesCatches proves that the rules bite: each row is a source that
// must be caught, or one that looks alike and must not be.
func TestCheckSourcesCatches(t *testing.T) {
	tests := []struct {
		why, dir, file, source string
		want                   string // part of the only complaint; empty for none
	}{
		{"the plain case", "player", "a.go", `import "time"; func f() { _ = time.Now() }`, "time.Now"},
		{"under another name", "player", "a.go", `import clock "time"; func f() { <-clock.After(1) }`, "time.After"},
		{"as a value", "lab", "a.go", `import "time"; type s struct{ now func() time.Time }; func f() s { return s{now: time.Now} }`, "time.Now"},
		{"inside a call of an unread package", "lab", "a.go", `import ("fmt"; "time"); func f() { fmt.Println(time.Since(time.Time{})) }`, "time.Since"},
		{"as a dot import", "player", "a.go", `import . "time"; func f() { Sleep(1) }`, "dot import"},
		{"a local that is called time", "player", "a.go", `type c struct{}; func (c) Now() int { return 1 }; func f() int { var time c; return time.Now() }`, ""},
		{"arithmetic is no clock", "player", "a.go", `import "time"; const d = 2 * time.Second`, ""},
		{"loop is the clock", "loop", "a.go", `import "time"; func f() { _ = time.Now() }`, ""},
		{"fleet's wall half", "fleet", "wall_run.go", `import "time"; func f() { _ = time.Now() }`, ""},
		{"fleet's other half", "fleet", "virtual.go", `import "time"; func f() { _ = time.Now() }`, "time.Now"},
		{"commands", "cmd/soak", "a.go", `import "time"; func f() { time.Tick(1) }`, ""},
		{"a directory that only begins alike", "cmdx", "a.go", `import "time"; func f() { time.Tick(1) }`, "time.Tick"},
		{"tests may look at the clock", "player", "a_test.go", `import "time"; func f() { _ = time.Now() }`, ""},
		{"by way of our own sleep", "lab", "a.go", `import "soak/loop"; func f() { loop.Sleep(nil, 1) }`, "loop.Sleep"},
		{"tests never sleep", "loop", "a_test.go", `import "time"; func f() { time.Sleep(1) }`, "time.Sleep"},
		{"but in a bubble, where it takes no time", "loop", "a_test.go", `import ("testing/synctest"; "time"); func f() { synctest.Wait(); time.Sleep(1) }`, ""},

		{"init", "player", "a.go", `func init() {}`, "func init"},
		{"init in a test", "player", "a_test.go", `func init() {}`, "func init"},
		{"a method called init", "player", "a.go", `type s struct{}; func (s) init() {}`, ""},

		{"a sentinel", "token", "a.go", `import "errors"; var ErrGone = errors.New("gone")`, ""},
		{"a pattern", "token", "a.go", `import "regexp"; var pair = regexp.MustCompile("x")`, ""},
		{"a table", "netem", "a.go", `var table = map[string][]int{"a": {1}}`, ""},
		{"a table read", "netem", "a.go", `var table = map[string]int{"a": 1}; func f() int { return table["a"] }`, ""},
		{"an interface assertion", "lab", "a.go", `type s struct{}; var _ interface{} = (*s)(nil)`, ""},
		{"embedded files", "lab", "a.go", "import \"embed\"\n//go:embed media\nvar media embed.FS", ""},
		{"in a block", "lab", "a.go", "import _ \"embed\"\nvar (\n//go:embed media\nmedia []byte\n)", ""},
		{"no value", "lab", "a.go", `var cache map[string]int`, "no value"},
		{"zeroes to read from", "lab", "a.go", `var zeroes [64]byte`, ""},
		{"an array written to", "lab", "a.go", `var counts [64]int; func f() { counts[1]++ }`, "changed"},
		{"a moment", "fleet", "a.go", `import "time"; var epoch = time.Unix(1, 0).UTC()`, ""},
		{"made", "lab", "a.go", `var cache = make(map[string]int)`, "a call"},
		{"made by new", "lab", "a.go", `var n = new(int)`, "a call"},
		{"a lock", "lab", "a.go", `import "sync"; var mu = sync.Mutex{}`, "sync.Mutex is state"},
		{"a pool, by address", "fleet", "a.go", `import "sync"; var pool = &sync.Pool{}`, "sync.Pool is state"},
		{"a local call that makes state", "lab", "a.go", `type cache struct{}; func newCache() *cache { return nil }; var c = newCache()`, "a call"},
		{"state inside a table", "lab", "a.go", `func m() map[string]int { return nil }; var t = []map[string]int{m()}`, "a call"},
		{"state inside a value", "lab", "a.go", `type s struct{ m map[string]int }; func f() s { return s{} }; var v = f()`, "a call"},
		{"entries by a function", "qoe", "a.go", `import "slices"; type e struct{ s string; f func() int }; func one() e { return e{} }; func two() []e { return nil }; var t = slices.Concat([]e{one()}, two())`, ""},
		{"a conversion", "lab", "a.go", `var magic = []byte("moov")`, ""},
		{"a func in a table", "lab", "a.go", `var t = map[string]func() []int{"a": func() []int { return make([]int, 1) }}`, ""},

		{"assigned", "lab", "a.go", `var n = 1; func f() { n = 2 }`, "assigned to"},
		{"added to", "lab", "a.go", `var n = 1; func f() { n += 2 }`, "assigned to"},
		{"incremented", "lab", "a.go", `var n = 1; func f() { n++ }`, "changed"},
		{"an entry assigned", "lab", "a.go", `var t = map[string]int{}; func f() { t["a"] = 2 }`, "assigned to"},
		{"a field assigned", "lab", "a.go", `var t = struct{ n int }{}; func f() { t.n = 2 }`, "assigned to"},
		{"deleted from", "lab", "a.go", `var t = map[string]int{}; func f() { delete(t, "a") }`, "delete on it"},
		{"address taken", "lab", "a.go", `var n = 1; func f() *int { return &n }`, "address taken"},
		{"address taken by a method", "lab", "a.go", `type s struct{ n int }; func (v *s) add() { v.n++ }; var v = s{}; func f() { v.add() }`, "address taken by add"},
		{"a method on the value", "lab", "a.go", `type s struct{ n int }; func (v s) get() int { return v.n }; var v = s{}; func f() int { return v.get() }`, ""},
		{"ranged into", "lab", "a.go", `var n = 1; func f() { for n = range 3 {} }`, "assigned to"},
		{"a local of the same name", "lab", "a.go", `var n = 1; func f() int { n := 1; n = 2; return n }`, ""},
		{"a field of the same name", "lab", "a.go", `var n = 1; type s struct{ n int }; func f(v *s) { v.n = 2 }`, ""},
		{"tests may keep a flag", "lab", "a_test.go", `import "flag"; var update = flag.Bool("update", false, "")`, ""},
	}
	for _, test := range tests {
		got := checkSources(test.dir, map[string]string{test.file: "package p\n" + test.source})
		if test.want == "" && len(got) > 0 {
			t.Errorf("%s: checkSources = %q; want no complaint", test.why, got)
		}
		if test.want != "" && (len(got) != 1 || !strings.Contains(got[0], test.want)) {
			t.Errorf("%s: checkSources = %q; want one complaint with %q", test.why, got, test.want)
		}
	}
}

// TestCheckSourcesSeesThePackageAsOne: a variable declared in one file and
// changed in another is caught where it is changed.
func TestCheckSourcesSeesThePackageAsOne(t *testing.T) {
	got := checkSources("lab", map[string]string{
		"a.go": "package p\nvar table = []int{1}",
		"b.go": "package p\nfunc f() { table[0] = 2 }",
	})
	if len(got) != 1 || !strings.HasPrefix(got[0], "lab/b.go:2:") {
		t.Errorf("checkSources = %q; want one complaint at lab/b.go:2", got)
	}
}
