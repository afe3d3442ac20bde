package scenarios

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"soak/lab"
	"soak/netem"
	"soak/player"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares text with a file, or writes the file with -update.
func golden(t *testing.T, file string, text []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, text) {
		t.Errorf("%s is out of date; look at it, then run go test ./scenarios -update\ngot:\n%s\nwant:\n%s", file, text, want)
	}
}

// Each file says in its first line what is wrong; the .err beside it is what the
// user reads.
func TestParseTellsWhatIsWrong(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 50 {
		t.Fatalf("testdata/bad has %d files, err %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := Parse(name, data)
			if err == nil {
				t.Fatal("Parse accepted it")
			}
			if !reflect.DeepEqual(s, Scenario{}) {
				t.Error("Parse returned half a scenario along with its error")
			}
			var e *Error
			if !errors.As(err, &e) || e.File != name {
				t.Errorf("error is not an *Error of this file: %#v", err)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error repeats a secret: %v", err)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".err", []byte(err.Error()+"\n"))
		})
	}
}

func TestParseReadsWhatItSays(t *testing.T) {
	text := `
version: 1
name: mine
seed: 7
duration: 2m
target:
  lab: {segment: 4s, ladder: [400_000, 2_000_000], api: {latency: "uniform(100ms, 2s)", failureRate: 5%}}
viewers:
  count: 500
  mix:
    - share: 75%
      player: dashjs 4.7
      policy: {name: steady, retry: 2s, retryAfter: false}
      link: {name: 3g, loss: 0.5%}
    - &second
      name: second
      share: 25%
      link: {name: train, rtt: 200ms, steps: [{for: 10s, kbps: 2000}, {for: 2s, kbps: 0}]}
      stream: vod
      token: {ttl: 30s, lead: 0s, mode: ip}
    - <<: *second
      name: third
      player: {profile: hlsjs, maxBufferLength: 12, lowLatencyMode: false}
arrival: {kind: poisson, rate: 2.5}
token: {ttl: 1m, lead: 10s}
thresholds:
  - refused_requests == 0
  - startup_seconds: p(95)<3
  - {expr: noticed_ratio < 1%, cohort: second}
`
	text = strings.Replace(text, "< 1%", "< 0.01", 1)
	s, err := Parse("mine.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	mix := s.Viewers.Mix
	off := false
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"seed", s.Seed, uint64(7)},
		{"duration", s.Duration, 2 * time.Minute},
		{"a lab's list", s.Target.Lab.Ladder, []int64{400_000, 2_000_000}},
		{"a distribution", s.Target.Lab.API.Latency, lab.Uniform(100*time.Millisecond, 2*time.Second)},
		{"a percentage", s.Target.Lab.API.FailureRate, 0.05},
		{"a share in percent", mix[0].Share, 0.75},
		{"a player in two words", mix[0].Player, player.Config{Profile: player.DashJS, Version: "4.7"}},
		{"a name made up", mix[0].Name, "dashjs4.7/steady/3g"},
		{"a policy's key", mix[0].Policy.Retry, 2 * time.Second},
		{"a policy's key set to false", mix[0].Policy.RetryAfter, false},
		{"a policy's other key", mix[0].Policy.RetryFactor, 2.0},
		{"a built-in link's steps", mix[0].Link.Steps, []netem.Step{{Kbps: 780}}},
		{"a changed link", mix[0].Link.Loss, 0.005},
		{"stream unless said", mix[0].Stream, Live},
		{"player unless said", mix[1].Player.Profile, player.HLSJS},
		{"a new link", mix[1].Link, netem.Profile{Name: "train", RTT: 200 * time.Millisecond,
			Steps: []netem.Step{{For: 10 * time.Second, Kbps: 2000}, {For: 2 * time.Second}}}},
		{"token of all", s.TokenOf(&mix[0]), Token{TTL: time.Minute, Lead: 10 * time.Second, Mode: Plain}},
		{"token of one", s.TokenOf(&mix[1]), Token{TTL: 30 * time.Second, Mode: IP}},
		{"policy of one", *s.PolicyOf(&mix[1]).Lead, time.Duration(0)},
		{"mode reaches the policy", s.PolicyOf(&mix[1]).IPBound, true},
		{"merged", mix[2].Stream, VOD},
		{"over merged", mix[2].Name, "third"},
		{"a player's options", mix[2].Player, player.Config{Profile: player.HLSJS, MaxBufferLength: 12, LowLatencyMode: &off}},
		{"arrival", s.Arrival.Rate, 2.5},
		{"thresholds", s.Thresholds, []Threshold{{Expr: "refused_requests == 0"}, {Expr: "startup_seconds: p(95)<3"},
			{Expr: "noticed_ratio < 0.01", Cohort: "second"}}},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.what, c.got, c.want)
		}
	}
}

func TestTheShortestFileIsTheDefault(t *testing.T) {
	got, err := Parse("short.yaml", []byte("version: 1\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Name, want.Title, want.Why, want.Watch, want.Group = "", "", "", "", ""
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// A target out there takes the place of the default lab.
func TestParseTargets(t *testing.T) {
	s, err := Parse("t.yaml", []byte(`
version: 1
target:
  tokenApi:
    url: https://backend.example/token?video={video}&type={type}&expire={expire}
    headers: {Authorization: BACKEND_AUTH}
    fields: {token: data.token}
  videos: {live: iKbrdNMcS9ylGuw, vod: film}
`))
	if err != nil {
		t.Fatal(err)
	}
	if s.Target.Lab != nil || s.Target.Embedded() {
		t.Errorf("target = %+v; want no lab", s.Target)
	}
	if got := s.Target.Environment(); !reflect.DeepEqual(got, []string{"BACKEND_AUTH"}) {
		t.Errorf("Environment() = %q", got)
	}
}

func TestParseBounds(t *testing.T) {
	big := "version: 1\n# " + strings.Repeat("x", maxFile)
	for name, text := range map[string]string{
		"a file too long":    big,
		"too many words":     "version: 1\nviewers: {mix: [" + strings.Repeat("a,", maxTokens) + "]}",
		"too many anchors":   strings.Repeat("&a ", maxAnchors+1),
		"anchors on anchors": "version: 1\nviewers: {mix: [" + strings.Repeat("&a ", 20) + "]}",
		"an alias bomb": "version: 1\nviewers:\n  mix:\n    - &a {link: &l {rtt: 1s, steps: [" + strings.Repeat("{kbps: 1},", 200) + "]}}\n" +
			strings.Repeat("    - {link: *l}\n", 150),
		"nested block lists":  strings.Repeat("- ", 10_000),
		"nested flow lists":   strings.Repeat("[", 100_000),
		"nested flow maps":    strings.Repeat("{a: ", 50_000),
		"brackets after text": "version: 1\nviewers: " + strings.Repeat("[", maxNesting+2) + strings.Repeat("]", maxNesting+2),
	} {
		if _, err := Parse("bound.yaml", []byte(text)); err == nil {
			t.Errorf("%s: accepted", name)
		} else if len(err.Error()) > 1000 {
			t.Errorf("%s: error of %d bytes", name, len(err.Error()))
		}
	}
}

func TestReadTraces(t *testing.T) {
	dir := t.TempDir()
	trace := `{"source": "test", "latency_ms": 90, "periods": [[1000, 1500], [500, 0]]}`
	if err := os.WriteFile(filepath.Join(dir, "bus.json"), []byte(trace), 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := Parse("t.yaml", []byte("version: 1\nviewers: {mix: [{link: {trace: bus.json, tls: true}}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "has not been read") {
		t.Errorf("Validate() before the trace was read = %v", err)
	}
	if err := s.ReadTraces(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	link := s.Viewers.Mix[0].Link
	if link.Name != "bus" || link.RTT != 90*time.Millisecond || len(link.Steps) != 2 || !link.Scatter || !link.TLS {
		t.Errorf("link = %+v", link)
	}
	s.Viewers.Mix[0].Link = netem.Profile{Trace: "none.json"}
	if err := s.ReadTraces(dir); err == nil || !strings.Contains(err.Error(), "mix[0].link.trace") {
		t.Errorf("ReadTraces of a file that is not there = %v", err)
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/bad/*.yaml")
	more, _ := filepath.Glob("library/*.yaml")
	for _, file := range append(files, more...) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse("fuzz.yaml", data)
		if err != nil {
			return
		}
		text, err := s.YAML()
		if err != nil {
			t.Fatalf("a scenario that was read cannot be written: %v", err)
		}
		again, err := Parse("again.yaml", text)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, text)
		}
		if !reflect.DeepEqual(s, again) {
			t.Errorf("reading what was written gives another scenario\n%s\n%+v\n%+v", text, s, again)
		}
	})
}
