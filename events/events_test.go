package events

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"soak/fleet"
	"soak/qoe"
	"soak/scenarios"
)

var update = flag.Bool("update", false, "rewrite the table in docs/events.md")

var epoch = time.Unix(1_800_000_000, 123_456_789).UTC()

// Every type of sample that package qoe has stands in the table, so that a new one
// cannot be forgotten.
func TestEverySampleIsWritten(t *testing.T) {
	known := map[string]bool{}
	for _, r := range records {
		known[r.of().Name()] = true
	}
	files, err := filepath.Glob("../qoe/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Name.Name != "sample" || len(fn.Type.Params.List) > 0 {
				continue
			}
			found++
			if of := fmt.Sprint(fn.Recv.List[0].Type); !known[of] {
				t.Errorf("%s: qoe.%s has no row in events/table.go: files of events would lose it", name, of)
			}
		}
	}
	if found != len(records) {
		t.Errorf("package qoe has %d samples, the table %d", found, len(records))
	}
}

// Every field comes back as it was.
func TestSamplesComeBack(t *testing.T) {
	c, err := newCodec(epoch)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for _, r := range records {
		if r.of().NumField() != len(r.fields) {
			t.Errorf("%s has %d fields, its row in events/table.go %d", r.of(), r.of().NumField(), len(r.fields))
		}
		for range 200 {
			v := reflect.New(r.of()).Elem()
			for i := range v.NumField() {
				fill(t, rng, v.Field(i))
			}
			want := v.Interface().(qoe.Sample)
			if got := there(t, c, want); got != want {
				t.Fatalf("%s came back as\n%+v; want\n%+v", r.name, got, want)
			}
		}
	}
}

func there(t *testing.T, c *codec, s qoe.Sample) qoe.Sample {
	t.Helper()
	line, err := c.append(nil, 7, s)
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := scan(append(line, '}'), nil)
	if err != nil {
		t.Fatalf("%s}: %v", line, err)
	}
	name, _ := unquoted(pairs[0].value)
	back, err := c.sample(c.byName[name], pairs)
	if err != nil {
		t.Fatalf("%s}: %v", line, err)
	}
	return back
}

// fill gives a field any value that it can have, often none.
func fill(t *testing.T, rng *rand.Rand, v reflect.Value) {
	t.Helper()
	if rng.IntN(5) == 0 {
		return
	}
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = epoch.Add(time.Duration(rng.Int64N(1e15)) - 1e14)
	case *time.Duration:
		*x = time.Duration(rng.Int64()) >> rng.IntN(63) * time.Duration(1-2*rng.IntN(2))
	case *qoe.Kind:
		*x = qoe.Kind(rng.IntN(qoe.NumKinds))
	case *qoe.Media:
		*x = qoe.Media(rng.IntN(4))
	case *qoe.Phase:
		*x = qoe.Phase(rng.IntN(qoe.NumPhases))
	case *qoe.Reason:
		*x = qoe.Reason(rng.IntN(4))
	case *bool:
		*x = true
	case *float64:
		*x = rng.ExpFloat64() * 1e9
	default:
		switch v.Kind() {
		case reflect.String:
			v.SetString([]string{"gap", `"quoted" \ and <b>`, "\u202eüñ\n\x00", strings.Repeat("x", 5000)}[rng.IntN(4)])
		case reflect.Int, reflect.Int64:
			v.SetInt(rng.Int64() >> rng.IntN(63))
		default:
			t.Fatalf("no value for %v", v.Type())
		}
	}
}

func TestSeconds(t *testing.T) {
	for _, row := range []struct {
		d    time.Duration
		text string
		why  string
	}{
		{0, "0", "nothing"},
		{1, "0.000000001", "the least"},
		{-1500 * time.Millisecond, "-1.5", "a margin of a dead token"},
		{-time.Nanosecond, "-0.000000001", "the sign of what has no whole second"},
		{1<<63 - 1, "9223372036.854775807", "the greatest, which no float64 holds"},
		{-1 << 63, "-9223372036.854775808", "the least of all"},
	} {
		if got := string(appendSeconds(nil, row.d)); got != row.text {
			t.Errorf("appendSeconds(%d) = %s; want %s: %s", row.d, got, row.text, row.why)
		}
		if got, err := parseSeconds(row.text); got != row.d && row.d != -1<<63 || err != nil && row.d != -1<<63 {
			t.Errorf("parseSeconds(%s) = %d, %v; want %d: %s", row.text, got, err, row.d, row.why)
		}
	}
	for _, row := range []struct{ text, why string }{
		{"1e300", "beyond any run"}, {"99999999999", "beyond 292 years"}, {`"1"`, "a text"}, {"", "nothing"}, {"true", "a flag"}, {"1.5x", "a unit"},
	} {
		if d, err := parseSeconds(row.text); err == nil {
			t.Errorf("parseSeconds(%s) = %v: accepted %s", row.text, d, row.why)
		}
	}
	for _, row := range []struct {
		text string
		want time.Duration
	}{{"1.5e-3", 1500 * time.Microsecond}, {"0.12345678951", 123456790}, {"2E1", 20 * time.Second}} {
		if d, err := parseSeconds(row.text); d != row.want || err != nil {
			t.Errorf("parseSeconds(%s) = %v, %v; want %v, as another program may write it", row.text, d, err, row.want)
		}
	}
}

// play runs a scenario and records it, with diaries if the seed is even.
func play(t *testing.T, sc scenarios.Scenario, virtual, compress bool) (*fleet.Result, []byte) {
	t.Helper()
	var out bytes.Buffer
	diaries := sc.Seed%2 == 0
	w := NewWriter(&out, compress, Head{Soak: "v1", Virtual: virtual, Diaries: diaries, Command: "soak run", File: "version: 1\n", Scenario: sc})
	r, err := fleet.Run(t.Context(), sc, fleet.Options{Virtual: virtual, Causes: true, Standings: true, Diaries: diaries, Observer: w.Observer()})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(r, "version: 1\n"); err != nil {
		t.Fatal(err)
	}
	return r, out.Bytes()
}

func short(t *testing.T, name string, viewers int, long time.Duration) scenarios.Scenario {
	t.Helper()
	sc, err := scenarios.Builtin(name)
	if err != nil {
		t.Fatal(err)
	}
	if long > 0 {
		sc.Duration = long
	}
	if viewers > 0 {
		sc.Viewers.Count = viewers
	}
	if err := sc.Validate(); err != nil {
		t.Fatal(err)
	}
	return sc
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sameResult compares what a file of events tells with the run.
func sameResult(t *testing.T, name string, text []byte, want *fleet.Result) {
	t.Helper()
	rec, err := Read(bytes.NewReader(text), false)
	if err != nil || rec.Damage != nil {
		t.Fatalf("%s: %v, %v", name, err, rec.Damage)
	}
	got := rec.Result
	if a, b := asJSON(t, got.Summary), asJSON(t, want.Summary); a != b {
		t.Errorf("%s: the summary of the events differs from the run's:\n%s\n%s", name, a, b)
	}
	if !got.Started.Equal(want.Started) || got.Virtual != want.Virtual || got.Interrupted != want.Interrupted || got.Manifests != want.Manifests {
		t.Errorf("%s: %+v; want %+v", name, got, want)
	}
	if want.Virtual {
		return
	}
	if got.Elapsed != want.Elapsed || asJSON(t, got.Health) != asJSON(t, want.Health) {
		t.Errorf("%s: took %v, health %+v; want %v, %+v", name, got.Elapsed, got.Health, want.Elapsed, want.Health)
	}
}

// The summary of the events is the run's own, to the byte: stalls, refusals, causes,
// copied links, laptops that sleep.
func TestEventsAreTheRun(t *testing.T) {
	late := scenarios.Default()
	late.Seed, late.Token.Lead, late.Duration, late.Viewers.Count = 2, 0, 40*time.Second, 24
	if err := late.Override("target.lab.api.latency", "2s"); err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, sc := range []scenarios.Scenario{late, short(t, "life", 6, 0), short(t, "drill-shared-link", 24, 90*time.Second)} {
		if err := sc.Validate(); err != nil {
			t.Fatal(err)
		}
		r, text := play(t, sc, true, false)
		sameResult(t, sc.Name, text, r)
		all = append(all, text...)
		if diary := r.Summary.Ordinary; (len(diary) > 0) != (sc.Seed%2 == 0) || len(r.Summary.Course.Slots) == 0 {
			t.Errorf("%s: %d ordinary viewers' diaries, %d slots of the course: the test compares too little", sc.Name, len(diary), len(r.Summary.Course.Slots))
		}
	}
	for _, r := range records { // nobody here skips, and no player has a note to make
		if r.name != "note" && r.name != "skip" && !bytes.Contains(all, []byte(`"event":"`+r.name+`"`)) {
			t.Errorf("no %s was recorded: the test compares too little", r.name)
		}
	}
	_, once := play(t, late, true, false)
	if _, again := play(t, late, true, false); !bytes.Equal(once, again) {
		t.Error("the same virtual run gives other events")
	}
}

// Over sockets many goroutines write at once.
func TestEventsOfARealRun(t *testing.T) {
	sc := scenarios.Default()
	sc.Duration, sc.Viewers.Count = 3*time.Second, 12
	sc.Arrival = scenarios.Arrival{Kind: scenarios.Once}
	if err := sc.Validate(); err != nil {
		t.Fatal(err)
	}
	r, text := play(t, sc, false, true)
	if len(r.Summary.Total.Requests.Rows()) == 0 {
		t.Fatal("nobody asked for anything")
	}
	sameResult(t, sc.Name, text, r)
}

// No line has a URL, or a token that can be used.
func TestEventsTellNoToken(t *testing.T) {
	sc := scenarios.Default()
	sc.Duration, sc.Viewers.Count = 20*time.Second, 6
	_, text := play(t, sc, true, false)
	_, lines, _ := strings.Cut(string(text), "\n") // behind the head, whose scenario has the user's own URLs
	for _, secret := range []string{"http", "://", "?", "expire", "1800000"} {
		if strings.Contains(lines, secret) {
			at := strings.Index(lines, secret)
			t.Errorf("%q stands in the events: …%s…", secret, lines[max(at-200, 0):at+20])
		}
	}
	for _, want := range []string{`"object":"index.mpd"`, `"token":"`, `"event":"leave"`} {
		if !strings.Contains(lines, want) {
			t.Errorf("no %s", want)
		}
	}
}

// lines is a small file to break.
func small(t testing.TB) []string {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out, false, Head{Soak: "v1", Scenario: scenarios.Scenario{Name: "small"}})
	o := w.Observer()
	o.Begin(epoch)
	o.Viewer(3, qoe.Labels{Cohort: "one"})
	o.Sample(3, qoe.Refresh{Call: 1, Start: epoch.Add(time.Second), Took: 80 * time.Millisecond, Status: 200, Installed: true})
	o.Sample(3, qoe.Fetch{Kind: qoe.Segment, Start: epoch.Add(2 * time.Second), Took: time.Second, Status: 410, Failure: qoe.StatusFailure, Object: "v/1.m4s"})
	o.Sample(3, qoe.Stall{At: epoch.Add(4 * time.Second), Took: time.Second})
	o.Sample(3, qoe.Leave{At: epoch.Add(9 * time.Second), Watched: 9 * time.Second, Played: 8 * time.Second})
	o.Causes(3, qoe.Causes{Judged: 1, Token: qoe.Blame{Stalls: 1}})
	if err := w.Close(&fleet.Result{Virtual: true}, ""); err != nil {
		t.Fatal(err)
	}
	return strings.SplitAfter(strings.TrimSuffix(out.String(), "\n"), "\n")
}

func TestReadTellsDamage(t *testing.T) {
	whole := small(t)
	with := func(change func(l []string) []string) string { return strings.Join(change(slices.Clone(whole)), "") }
	put := func(i int, line string) string {
		return with(func(l []string) []string { l[i] = line + "\n"; return l })
	}
	for _, row := range []struct{ text, want, why string }{
		{with(func(l []string) []string { return l[:4] }), "line 4: the file is cut off behind it", "cut between lines"},
		{with(func(l []string) []string { l[4] = l[4][:20]; return l[:5] }), "line 5: the file is cut off here", "cut within a line"},
		{with(func(l []string) []string { return slices.Delete(l, 4, 5) }), "line 7: the run wrote 8 lines, the file has 7", "a line is gone"},
		{with(func(l []string) []string { return append(l, "\n"+l[3]) }), "line 9: stands behind the end", "two runs joined"},
		{put(3, strings.TrimSpace(whole[0])), "line 4: begins another run", "two files joined"},
		{put(4, `{"event":"stall","viewer":9,"at":1}`), "line 5: viewer 9 has not come", "a viewer from nowhere"},
		{put(4, `{"event":"stall","viewer":3,"at":"soon"}`), `line 5: stall: at: "soon" is no number of seconds`, "a text for a time"},
		{put(4, `{"event":"stall","at":1}`), "line 5: stall of no viewer", "of nobody"},
		{put(4, `{"event":"dream","viewer":3}`), `line 5: event "dream" is not known: use the soak that wrote the file, v1`, "from a later version"},
		{put(4, `{"event":"fetch","viewer":3,"kind":"film"}`), `line 5: fetch: kind: kind of request "film" is not known`, "no such kind"},
		{put(4, `[1,2]`), "line 5: is no JSON object", "a list"},
		{put(2, strings.TrimSpace(whole[1])), "line 3: viewer 3 came before", "twice"},
		{put(1, `{"event":"viewer","viewer":-1}`), "line 2: viewer -1", "numbers are not negative"},
		{put(4, `{"event":"note","viewer":3,"text":"`+strings.Repeat("x", maxLine)+`"}`), "line 5: is longer than", "a line without end"},
		{put(7, `{"event":"end","lines":8,"viewers":1,"aborted":{"threshold":5}}`), "line 8: threshold 5 ended the run, of 0", "no such threshold"},
	} {
		rec, err := Read(strings.NewReader(row.text), false)
		if err != nil || rec.Damage == nil || !strings.Contains(rec.Damage.Error(), row.want) {
			t.Errorf("%s: Read = %v, damage %v; want %q", row.why, err, rec.Damage, row.want)
			continue
		}
		if rec.Result.Summary == nil || rec.Head.Scenario.Name != "small" {
			t.Errorf("%s: nothing is left of what stood before", row.why)
		}
	}
	if rec, err := Read(strings.NewReader(strings.Join(whole, "")), false); err != nil || rec.Damage != nil || rec.Result.Summary.Total.Causes.Token.Stalls != 1 {
		t.Errorf("the whole file: %v, %v", err, rec.Damage)
	}
}

func TestReadRefuses(t *testing.T) {
	whole := small(t)
	for _, row := range []struct{ text, want, why string }{
		{"", "the file is empty", "nothing"},
		{"\x1f\x8b", "events: ", "hardly compressed"},
		{"<html>", "line 1: is not the first one of a file of events", "a page"},
		{`{"schema":"soak/summary/1"}`, "is not the first one", "a summary"},
		{whole[1], "is not the first one", "the head is gone"},
		{strings.Replace(whole[0], "events/1", "events/2", 1), `has schema "soak/events/2", this soak reads "soak/events/1"`, "a later version"},
		{strings.Replace(whole[0], "2027-", "0027-", 1), "started in the year 27", "a time that nothing can count from"},
	} {
		if _, err := Read(strings.NewReader(row.text), false); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: Read = %v; want %q", row.why, err, row.want)
		}
	}
}

// What a kill leaves of a compressed file is read up to there.
func TestReadCutCompressed(t *testing.T) {
	sc := scenarios.Default()
	sc.Duration, sc.Viewers.Count = 30*time.Second, 30
	_, text := play(t, sc, true, true)
	rec, err := Read(bytes.NewReader(text[:len(text)*3/4]), false)
	if err != nil || rec.Damage == nil || !strings.Contains(rec.Damage.Error(), "cut off here") {
		t.Fatalf("Read = %v, damage %v; want a file that is cut off", err, rec.Damage)
	}
	if n, _, _ := rec.Result.Summary.Total.Requests.Total(); n < 1000 {
		t.Errorf("%d requests are left of three quarters of the file", n)
	}
}

// What somebody did to a run under way stands at its end, with the scenario as it was
// then.
func TestEventsOfAnInjectedRun(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out, false, Head{File: "version: 1\n", Scenario: scenarios.Scenario{Name: "calm"}})
	w.Observer().Begin(epoch)
	struck := &fleet.Result{Scenario: scenarios.Scenario{Name: "struck"}, ByHand: []fleet.Intervention{{At: 1500 * time.Millisecond, What: "an outage"}}}
	if err := w.Close(struck, "version: 1\nname: struck\n"); err != nil {
		t.Fatal(err)
	}
	rec, err := Read(&out, false)
	if err != nil || rec.Damage != nil {
		t.Fatal(err, rec.Damage)
	}
	if rec.File != "version: 1\nname: struck\n" || rec.Result.Scenario.Name != "struck" || !reflect.DeepEqual(rec.Result.ByHand, struck.ByHand) {
		t.Errorf("%+v, by hand %v; want the scenario as it was at the end, and why", rec.Head, rec.Result.ByHand)
	}
}

// A disk that is full is told at the end, and the run goes on.
func TestWriterKeepsTheFirstError(t *testing.T) {
	full := errors.New("no space left on device")
	for _, compress := range []bool{false, true} {
		w := NewWriter(writerFunc(func([]byte) (int, error) { return 0, full }), compress, Head{})
		o := w.Observer()
		o.Begin(epoch)
		for range 100_000 {
			o.Sample(0, qoe.Stall{At: epoch, Took: time.Second})
		}
		if err := w.Close(&fleet.Result{Virtual: true}, ""); !errors.Is(err, full) {
			t.Errorf("compressed %v: Close = %v; want %v", compress, err, full)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func FuzzRead(f *testing.F) {
	whole := strings.Join(small(f), "")
	f.Add([]byte(whole))
	f.Add([]byte(whole[:len(whole)/2]))
	f.Add([]byte(strings.ReplaceAll(whole, ":1", ":-9223372036")))
	var packed bytes.Buffer
	gz := gzip.NewWriter(&packed)
	if _, err := io.Copy(gz, strings.NewReader(whole)); err != nil {
		f.Fatal(err)
	}
	f.Add(packed.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		rec, err := Read(bytes.NewReader(text), false)
		if err != nil {
			return
		}
		rec.Result.Summary.Metrics()
		if _, err := json.Marshal(rec.Result.Summary); err != nil {
			t.Errorf("a summary of accepted events cannot be written: %v", err)
		}
	})
}

// scan finds the pairs of any JSON object, as encoding/json does.
func FuzzScan(f *testing.F) {
	for _, line := range append(small(f), `{ "a" : [1,{"b":"}"}] ,"c":"\",", "d" :null}`, `{}`, `{"a":{}}`) {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var want map[string]json.RawMessage
		pairs, err := scan(line, nil)
		if json.Unmarshal(line, &want) != nil || want == nil {
			if err == nil {
				t.Fatalf("scan(%q) = %q; encoding/json refuses it", line, pairs)
			}
			return
		}
		got := map[string]string{}
		for _, p := range pairs {
			got[p.name] = string(p.value)
		}
		for name, value := range want {
			if got[name] != string(bytes.TrimSpace(value)) {
				t.Fatalf("scan(%q): %q is %q; want %q", line, name, got[name], value)
			}
		}
	})
}

// The page's tables are those of the code.
func TestEventsPage(t *testing.T) {
	const begin, end = "<!-- go test ./events -update writes what follows -->\n", "<!-- up to here -->"
	page, err := os.ReadFile("../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatal("docs/events.md has no place for the tables")
	}
	want := before + begin + tables() + end + after
	if *update {
		if err := os.WriteFile("../docs/events.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(page) {
		t.Error("docs/events.md is out of date; run go test ./events -update")
	}
}

func tables() string {
	forms := map[form]string{
		asInstant: "instant", asDuration: "seconds", asName: "word", asText: "text", asInteger: "whole number", asNumber: "number", asFlag: "true or absent",
	}
	var b strings.Builder
	for _, r := range records {
		fmt.Fprintf(&b, "\n**`%s`**: %s\n\n| field | | |\n|---|---|---|\n", r.name, r.help)
		for _, f := range r.fields {
			in, _ := r.of().FieldByName(f.from)
			form, _ := formOf(in.Type)
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.name, forms[form], f.help)
		}
	}
	return b.String() + "\n"
}
