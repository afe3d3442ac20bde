package netem

import (
	"encoding/json"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestBuiltins(t *testing.T) {
	for _, name := range Builtins() {
		p, err := Builtin(name)
		if err != nil || p.Name != name || p.Validate() != nil {
			t.Errorf("Builtin(%q) = %+v, %v; valid: %v", name, p, err, p.Validate())
		}
	}
	if lan, _ := Builtin("lan"); !reflect.DeepEqual(lan, Profile{Name: "lan"}) || !lan.Unshaped() {
		t.Errorf("lan is %+v; want the zero profile but for its name", lan)
	}
	if _, err := Builtin("5g"); err == nil || !strings.Contains(err.Error(), "poor-wifi") {
		t.Errorf("Builtin(5g): %v; want an error that lists the names", err)
	}
	a, _ := Builtin("4g")
	a.Steps[0].Kbps = 1
	if b, _ := Builtin("4g"); b.Steps[0].Kbps == 1 {
		t.Error("changing one copy of a built-in changed the next")
	}
}

func TestValidate(t *testing.T) {
	for _, row := range []struct {
		p    Profile
		want string // part of the error; "" for none
		why  string
	}{
		{Profile{}, "", "the zero profile is lan"},
		{Profile{RTT: -1}, "rtt", "time does not run backwards"},
		{Profile{RTT: time.Hour}, "rtt", "ms taken for s"},
		{Profile{RTT: ms, Jitter: 2 * ms}, "jitter", "a round trip would be negative"},
		{Profile{Loss: 2}, "loss", "percent taken for share"},
		{Profile{Loss: 1}, "loss", "nothing would arrive"},
		{Profile{Loss: math.NaN()}, "loss", "not a number"},
		{Profile{Congestion: "reno"}, "congestion", "not modelled"},
		{Profile{Queue: -1}, "queue", "no such queue"},
		{Profile{Steps: []Step{{Kbps: 1000}}}, "", "a constant rate needs no duration"},
		{Profile{Steps: []Step{{Kbps: 0}}}, "every rate is 0", "nothing would arrive"},
		{Profile{Steps: []Step{{Kbps: math.NaN()}}}, "step 1", "not a number"},
		{Profile{Steps: []Step{{Kbps: math.Inf(1)}}}, "step 1", "unlimited is said by no steps"},
		{Profile{Steps: []Step{{Kbps: 1e-9}}}, "step 1", "slower than a bit a second is a slip"},
		{Profile{Steps: []Step{{Kbps: 1}, {For: time.Second, Kbps: 2}}}, "step 1", "how long the first lasts is missing"},
		{Profile{Steps: []Step{{For: 300 * 24 * time.Hour, Kbps: 1}, {For: 300 * 24 * time.Hour, Kbps: 1}}}, "step 2", "longer than a year in all"},
		{Profile{Steps: []Step{{For: 1, Kbps: 1}}}, "step 1", "ns taken for s"},
	} {
		err := row.p.Validate()
		if (err == nil) != (row.want == "") || (err != nil && !strings.Contains(err.Error(), row.want)) {
			t.Errorf("%+v: %v; want an error with %q: %s", row.p, err, row.want, row.why)
		}
	}
}

const goodTrace = `{"source": "s", "file": "f", "latency_ms": 100, "periods": [[1000, 500.5], [250.5, 0]]}`

func TestLoadTrace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "train.json")
	if err := os.WriteFile(file, []byte(goodTrace), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := LoadTrace(file)
	want := Profile{
		Name: "train", RTT: 100 * ms, Scatter: true, Trace: file,
		Steps: []Step{{time.Second, 500.5}, {250500 * time.Microsecond, 0}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("LoadTrace = %+v, %v; want %+v", got, err, want)
	}
}

func TestJSONLeavesATracesStepsOut(t *testing.T) {
	p := Profile{Name: "train", Steps: []Step{{time.Second, 500}}}
	for _, row := range []struct{ trace, want string }{
		{"", `{"name":"train","steps":[{"for":1000000000,"kbps":500}]}`},
		{"train.json", `{"name":"train","trace":"train.json"}`},
	} {
		p.Trace = row.trace
		if got, err := json.Marshal(p); err != nil || string(got) != row.want {
			t.Errorf("%s, %v; want %s", got, err, row.want)
		}
	}
	if len(p.Steps) != 1 {
		t.Error("writing the profile changed it")
	}
}

func TestParseTrace(t *testing.T) {
	for _, row := range []struct{ data, want, why string }{
		{goodTrace, "", "as documented"},
		{strings.Replace(goodTrace, "100,", "null,", 1), "", "no latency: the default"},
		{``, "not a trace", "empty"},
		{`"trace"`, "not a trace", "another shape"},
		{`[]`, "none", "sabre's form, but empty"},
		{`[{"duration_ms": 1000, "bandwidth_kbps": 500, "latency_ms": 80}]`, "", "sabre's form"},
		{`[{"duration_ms": 1000, "bandwidth_kbps": 500}]`, "", "sabre's form without latency"},
		{`[{"duration_ms": 1000, "bandwidth_kbps": 500, "latency_ms": 80}, {"duration_ms": 1000, "bandwidth_kbps": 5, "latency_ms": 20}]`, "period 2: another latency_ms", "a link has one latency"},
		{`[{"duration_ms": 1000}]`, "period 1", "sabre's form, half a period"},
		{`[{"duration_ms": 1000, "bandwidth_kbps": 500}] x`, "follows", "two values"},
		{`[{"duration_s": 1, "bandwidth_kbps": 500}]`, "duration_s", "a key that does not exist"},
		{"0.0 1.5\n\n0.5\t2\n", "", "Pensieve's form"},
		{"0.0 1.5\n", "two lines", "its last line is the end: nothing to play"},
		{"0 1 2\n1 2 3\n", "line 1: want two numbers", "three columns"},
		{"0 1\n1 x\n", "line 2: \"x\" is no rate", "no number"},
		{"0 1\n+x 1\n", "line 2: \"+x\" is no time", "no number"},
		{"0 1\n1 1\n1 2\n", "line 3: time 1 does not come after 1", "time stands still"},
		{"0 1\nNaN 1\n", "line 2: time NaN", "not a time"},
		{"0 -1\n1 1\n", "step 1", "negative rate"},
		{`{"periods": [[1000, 1]]} x`, "follows", "two values"},
		{`{"periods": [[1000, 1]], "speed": 1}`, "speed", "a key that does not exist"},
		{`{"periods": []}`, "none", "nothing to play"},
		{`{"latency_ms": 5}`, "none", "nothing to play"},
		{`{"periods": [[1000]]}`, "period 1", "half a period"},
		{`{"periods": [[1000, 1, 2]]}`, "period 1", "too much"},
		{`{"periods": [[1000, null]]}`, "period 1", "null is not 0"},
		{`{"periods": [[1000, 5], [0, 5]]}`, "period 2", "no duration"},
		{`{"periods": [[0, 5]]}`, "period 1", "no duration, also alone"},
		{`{"periods": [[-1000, 5]]}`, "period 1", "negative duration"},
		{`{"periods": [[1000, -5]]}`, "step 1", "negative rate"},
		{`{"periods": [[1000, 1e300]]}`, "step 1", "absurd rate"},
		{`{"periods": [[1e300, 5]]}`, "step 1", "absurd duration"},
		{`{"periods": [[1000, 0]]}`, "every rate is 0", "nothing would arrive"},
		{`{"latency_ms": -1, "periods": [[1000, 5]]}`, "rtt", "negative latency"},
		{`{"periods": [[1000, "5"]]}`, "not a trace", "text"},
	} {
		p, err := parseTrace([]byte(row.data))
		if (err == nil) != (row.want == "") || (err != nil && !strings.Contains(err.Error(), row.want)) {
			t.Errorf("%s: %+v, %v; want an error with %q: %s", row.data, p, err, row.want, row.why)
		}
	}
}

// The three forms of one link.
func TestTraceForms(t *testing.T) {
	want := []Step{{2 * time.Second, 1500}, {500 * ms, 0}, {time.Second, 800}}
	for form, data := range map[string]string{
		"ours":     `{"periods": [[2000, 1500], [500, 0], [1000, 800]]}`,
		"sabre's":  `[{"duration_ms": 2000, "bandwidth_kbps": 1500}, {"duration_ms": 500, "bandwidth_kbps": 0}, {"duration_ms": 1000, "bandwidth_kbps": 800}]`,
		"Pensieve": "0 1.5\n2 0\n2.5 0.8\n3.5 9\n",
	} {
		p, err := parseTrace([]byte(data))
		if err != nil || !reflect.DeepEqual(p.Steps, want) || p.RTT != defaultLatency {
			t.Errorf("%s: %+v, %v; want %v", form, p, err, want)
		}
	}
}

func TestLoadTraceRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, fifo, filepath.Join(dir, "absent"), os.DevNull} {
		if _, err := LoadTrace(path); err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("LoadTrace(%s): %v; want one line that names it", path, err)
		}
	}
}

const traces = "../../shared/traces"

// eachTrace calls do for every trace of the shared set.
func eachTrace(t testing.TB, do func(path string)) {
	t.Helper()
	if _, err := os.Stat(traces); err != nil {
		t.Skipf("%s: no shared traces here", traces)
	}
	err := filepath.WalkDir(traces, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".json") && d.Name() != "index.json" {
			do(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRealTraces plays each measured link: a segment ends, and over whole cycles
// the mean rate is the one the index states.
func TestRealTraces(t *testing.T) {
	index := map[string]float64{}
	eachTrace(t, func(path string) { index[path] = 0 })
	data, err := os.ReadFile(filepath.Join(traces, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Path string
		Mean float64 `json:"mean_kbps"`
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(index) {
		t.Errorf("%d rows in the index, %d files", len(rows), len(index))
	}
	for _, row := range rows {
		p, err := LoadTrace(filepath.Join(traces, row.Path))
		if err != nil {
			t.Error(err)
			continue
		}
		b := newBench(t, p, 1)
		x := b.get("edge", 500*kB)
		b.run(time.Hour)
		if x.ends != 1 {
			t.Errorf("%s: 500 kB not done within an hour", row.Path)
		}
		mean := b.model.link.bytes / time.Duration(b.model.link.cycle).Seconds() * 8 / 1000 * frame / payload
		if ratio := mean / row.Mean; ratio < 0.999 || ratio > 1.001 {
			t.Errorf("%s: mean %.1f kbit/s; the index says %.1f", row.Path, mean, row.Mean)
		}
	}
}

func FuzzParseTrace(f *testing.F) {
	f.Add([]byte(goodTrace))
	f.Add([]byte(`[{"duration_ms": 1000, "bandwidth_kbps": 500, "latency_ms": 80}]`))
	f.Add([]byte("0.0 1.5\n0.5\t2\n"))
	f.Add([]byte(`{"latency_ms": null, "periods": [[27, 3000], [9e9, 0.001]]}`))
	if data, err := os.ReadFile(filepath.Join(traces, "hsdpa3g/2010-09-13_1003CEST.json")); err == nil {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parseTrace(data)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("an error of several lines: %q", err)
			}
			return
		}
		if err := p.Validate(); err != nil {
			t.Errorf("accepted, yet invalid: %v", err)
		}
		l := newLink(Profile{Steps: p.Steps}, nil)
		if end := l.carry(0, 1e6); end <= 0 {
			t.Errorf("1 MB through at %d", end)
		}
	})
}
