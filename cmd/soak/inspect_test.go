package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"soak/inspect"
	"soak/lab"
	"soak/loop"
)

// startLab is a lab on loopback with a secret that signing here shares.
func startLab(t *testing.T) *lab.Server {
	t.Helper()
	l, err := lab.New(lab.Config{Secret: "the test's"}, 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Listen(t.Context(), lab.Clock{Now: time.Now, Sleep: loop.Sleep})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// inspected runs the command and returns its report.
func inspected(ctx context.Context, t *testing.T, args ...string) (inspect.Report, int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(ctx, append([]string{"inspect", "--json"}, args...), nil, &stdout, &stderr)
	var r inspect.Report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("soak inspect %q: exit %d, %v: %s", args, code, err, &stderr)
	}
	return r, code
}

// TestInspectProtected: tokens come from the API or are signed here, for both
// edges, and the stream is looked at under two of them.
func TestInspectProtected(t *testing.T) {
	s := startLab(t)
	t.Setenv("SOAK_TEST_SECRET", "the test's")
	api := s.API + "?video={video}&type={type}&expire={expire}"
	for _, test := range []struct {
		why    string
		args   []string
		format string
		live   bool
		hazard string // of the Gcore plugin
	}{
		{"token API, plain edge", []string{"--token-api", api, s.Plain + "/cmaf/2675_live/t/1/master.m3u8"}, "hls", true, ""},
		{"token API, edge that binds tokens to addresses", []string{"--token-api", api, s.IPBound + "/cmaf/2675_live/t/1/index.mpd"}, "dash", true, "H14"},
		{"signed here", []string{"--sign", "2675:SOAK_TEST_SECRET", s.Plain + "/videos/2675_vod/t/1/master.m3u8"}, "hls", false, "H13"},
		{"a static MPD", []string{"--token-api", api, s.Plain + "/videos/2675_vod/t/1/index.mpd"}, "dash", false, ""},
	} {
		r, code := inspected(t.Context(), t, test.args...)
		if code != codePass || r.Format != test.format || r.Live != test.live || len(r.Ladder) != 3 || len(r.Tracks) != 1 {
			t.Errorf("%s: exit %d, %s, live %v, %d rungs, %d tracks; want 0, %s, %v, 3, 1",
				test.why, code, r.Format, r.Live, len(r.Ladder), len(r.Tracks), test.format, test.live)
		}
		if r.Derivation == nil || !r.Derivation.Observed {
			t.Errorf("%s: not looked at under two tokens", test.why)
			continue
		}
		for _, p := range r.Derivation.Problems {
			if p.Rewrite != "never" && (p.Policy != "gcore-plugin" || p.Hazard != test.hazard) {
				t.Errorf("%s: %s %s %s; want %q of gcore-plugin only", test.why, p.Policy, p.Hazard, p.Text, test.hazard)
			}
		}
		if test.hazard != "" && !hasHazard(r, test.hazard) {
			t.Errorf("%s: no %s", test.why, test.hazard)
		}
	}
}

func hasHazard(r inspect.Report, hazard string) bool {
	for _, p := range r.Derivation.Problems {
		if p.Hazard == hazard {
			return true
		}
	}
	return false
}

// TestInspectFollow follows with tokens that live shorter than the watch, and is
// ended by hand with what it has.
func TestInspectFollow(t *testing.T) {
	s := startLab(t)
	args := []string{"--token-api", s.API + "?video={video}&type={type}&expire={expire}", "--ttl", "2s", "--follow", "2", s.Plain + "/cmaf/2675_live/t/1/master.m3u8"}
	r, code := inspected(t.Context(), t, args...)
	if code != codePass || r.Follow == nil || len(r.Follow.Steps) != 3 {
		t.Fatalf("follow: exit %d, %+v; want 0, three loads", code, r.Follow)
	}
	for _, step := range r.Follow.Steps {
		if step.Error != "" || len(step.Notes) > 0 {
			t.Errorf("follow at %v s: %s %v; want neither error nor note", step.At, step.Error, step.Notes)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	said := &waiting{until: "0.0 s  ", found: cancel}
	if code := run(ctx, append([]string{"inspect", "--follow", "1000"}, args[6], args[0], args[1]), nil, said, said); code != codeInterrupted {
		t.Errorf("interrupted follow: exit %d; want %d\n%s", code, codeInterrupted, &said.Buffer)
	}
	if !strings.Contains(said.String(), "1 load: ") || !strings.Contains(said.String(), "interrupted") {
		t.Errorf("interrupted follow does not say what it has:\n%s", &said.Buffer)
	}
}

// waiting calls found once a text was written.
type waiting struct {
	bytes.Buffer
	until string
	found func()
}

func (w *waiting) Write(b []byte) (int, error) {
	n, err := w.Buffer.Write(b)
	if strings.Contains(w.String(), w.until) {
		w.found()
	}
	return n, err
}

// TestInspectRefused: what an edge refuses is one line without a token, exit 3.
func TestInspectRefused(t *testing.T) {
	s := startLab(t)
	for path, want := range map[string]string{
		"/cmaf/2675_live/notTheToken/1800000060/master.m3u8": "answered 403: the token is missing, wrong",
		"/time":       "not a manifest",
		"/no-such-it": "answered 404",
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), []string{"inspect", s.Plain + path}, nil, &stdout, &stderr)
		said := stderr.String()
		if code != codeUnreachable || stdout.Len() > 0 || strings.Count(said, "\n") != 1 || !strings.Contains(said, want) || strings.Contains(said, "notTheToken") {
			t.Errorf("soak inspect %s: exit %d, %q; want %d, one line with %q", path, code, said, codeUnreachable, want)
		}
	}
}
