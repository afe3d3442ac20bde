//go:build e2e

package fidelity

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"html/template"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"soak/lab"
	"soak/loop"
	"soak/manifest"
	"soak/player"
	"soak/scenarios"
)

// stage is where one play of a pair happens: the page, the lab behind the proxy,
// and the agreement on when it begins.
//
// All clocks are this machine's. The page, once loaded, asks for /begin; the stage
// chooses an instant some seconds ahead, makes the lab with it as its epoch, and
// answers; the page waits for it. That instant is Observation.Start. The page's
// zero of time is performance.now() at which Date.now() says Start (within 1 ms),
// the proxy's and the lab's are Start itself; the first call of the token API comes
// within 50 ms of it or the play does not count.
//
// The instant is at the same place of a pair's 2 s grid of segments and whole
// seconds of expiry in every run, and at another for every pair: what varies
// between runs is the player. It lies in the first half of a second, so that what is
// asked for some tenths of a second later, and on a grid of seconds from then on,
// does not come at the very moment at which a token expires.
type stage struct {
	t     *testing.T
	name  string
	sc    scenarios.Scenario
	proxy *proxy
	open  func(t *testing.T, begin time.Time) string // makes the target, returns the URL of its token API
	page  string
	done  chan seen

	patience patience
	beside   func(begin time.Time) // what else shall begin at that instant; nil: nothing
}

// patience is what a play may suffer from a busy machine and still count.
type patience struct {
	late time.Duration // the first call of the token API after Start
	lag  time.Duration // the page standing still
}

// strict is for plays that are written down, casual for those that are looked at.
func strict() patience { return patience{50 * time.Millisecond, 400 * time.Millisecond} }
func casual() patience { return patience{500 * time.Millisecond, 2 * time.Second} }

// seen is what the page reports.
type seen struct {
	Startup  float64   `json:"startup"`
	Stalls   []Stall   `json:"stalls"`
	Skips    []Skip    `json:"skips"`
	Shown    []Shown   `json:"shown"`
	Errors   []Trouble `json:"errors"`
	Playhead []Point   `json:"playhead"`
	Final    Final     `json:"final"`
	// Lag is the longest time in which the page did not look: how busy the machine was.
	Lag    float64 `json:"lag"`
	Broken string  `json:"broken"` // what is wrong with the page

	late time.Duration // too late a start: the play is over before it began
}

func newStage(t *testing.T, name string, p patience) *stage {
	t.Helper()
	sc, err := Pair(name)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, name: name, sc: sc, done: make(chan seen, 2), patience: p}
	s.page = s.writePage()
	s.proxy = newProxy(t, s.pages(), s.cohort().Link, sc.Seed)
	s.proxy.first = func(late time.Duration) {
		if late > s.patience.late {
			s.done <- seen{late: late}
		}
	}
	s.open = s.openLab
	return s
}

func (s *stage) cohort() *scenarios.Cohort { return &s.sc.Viewers.Mix[0] }

// script is the JSON that the page finds in `play`.
type script struct {
	Length  float64        `json:"length"`
	Skew    int64          `json:"skew,omitempty"` // ms, the viewer's clock ahead
	Version string         `json:"version"`        // of the player
	File    string         `json:"file,omitempty"` // in place of the playlist's name
	Options map[string]any `json:"options"`
	Policy  scheduling     `json:"policy"`
	Steps   []step         `json:"steps,omitempty"`
}

// step is a scenarios.Step whose times are known, in seconds.
type step struct {
	At     float64 `json:"at"`
	Do     string  `json:"do"`
	For    float64 `json:"for,omitempty"`
	To     string  `json:"to,omitempty"`
	Level  *int    `json:"level,omitempty"`
	Auto   bool    `json:"auto,omitempty"`
	Switch string  `json:"switch,omitempty"`
}

// scheduling is a refresher.Policy in the units of scripts.
type scheduling struct {
	Hook    string `json:"hook"`
	Rewrite string `json:"rewrite"`
	Seed    string `json:"seed"`
	IPBound bool   `json:"ipBound"`
	Lead    int64  `json:"lead"`  // ms
	Floor   int64  `json:"floor"` // ms
	Retry   int64  `json:"retry"` // ms
}

// plays is the player that a pair asks for.
type plays struct{ page, module, file, name string }

func (s *stage) plays() plays {
	c := s.cohort().Player
	switch {
	case c.Profile != player.DashJS:
		return plays{"hls.html", "hls.js", "dist/hls.min.js", "hls.js"}
	case strings.HasPrefix(c.Version, "4."):
		return plays{"dash.html", "dashjs4", "dist/dash.all.min.js", "dash.js"}
	}
	return plays{"dash.html", "dashjs", "dist/modern/umd/dash.all.min.js", "dash.js"}
}

const modules = "../node_modules"

func (s *stage) script() script {
	c := s.cohort()
	p := s.sc.PolicyOf(c)
	out := script{
		Length: s.sc.Duration.Seconds(), Version: version(s.t, s.plays().module), Options: options(s.t, c.Player),
		Policy: scheduling{
			Hook: string(p.Hook), Rewrite: string(p.Rewrite), Seed: string(p.Seed), IPBound: p.IPBound,
			Lead: p.Lead.Milliseconds(), Floor: p.Floor.Milliseconds(), Retry: p.Retry.Milliseconds(),
		},
	}
	if c.Player.Format() == manifest.DASH {
		out.File = "index.mpd"
	}
	if c.Clock != nil {
		out.Skew = c.Clock.Skew.Milliseconds()
	}
	out.Steps = s.steps()
	return out
}

// steps are what the viewer does. Pairs leave nothing to chance.
func (s *stage) steps() (all []step) {
	rng := rand.New(rand.NewPCG(s.sc.Seed, 0))
	for _, l := range s.cohort().Life {
		to := ""
		if l.To != nil {
			text, err := l.To.MarshalText()
			if err != nil {
				s.t.Fatal(err)
			}
			to = string(text)
		}
		all = append(all, step{
			At: l.At.Draw(rng).Seconds(), Do: l.Do, For: l.For.Draw(rng).Seconds(),
			To: to, Level: l.Level, Auto: l.Auto, Switch: l.Switch,
		})
	}
	return all
}

// address is where the viewer is at a time since the beginning: at home, or
// somewhere else after a move.
func (s *stage) address(since time.Duration) string {
	at := "127.0.0.1"
	for i, l := range s.steps() {
		switch {
		case l.Do != scenarios.Move || since.Seconds() < l.At:
		case l.For > 0 && since.Seconds() >= l.At+l.For:
			at = "127.0.0.1"
		default:
			at = fmt.Sprintf("127.0.1.%d", i+1)
		}
	}
	return at
}

// options are the player's own, as its configuration's JSON names them.
func options(t *testing.T, c player.Config) map[string]any {
	t.Helper()
	dash := c.Profile == player.DashJS
	c.Profile, c.Version = "", ""
	var all any = c
	if dash {
		all = c.Dash
	} else {
		c.Dash = player.DashConfig{}
		all = c
	}
	text, err := json.Marshal(all)
	var set map[string]any
	if err == nil {
		err = json.Unmarshal(text, &set)
	}
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// version reads an installed module's.
func version(t *testing.T, module string) string {
	t.Helper()
	var about struct{ Version string }
	readJSON(t, filepath.Join(modules, module, "package.json"), &about)
	return about.Version
}

func (s *stage) writePage() string {
	var b strings.Builder
	page, err := template.ParseFiles(filepath.Join("pages", s.plays().page))
	if err == nil {
		err = page.Execute(&b, s.script())
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return b.String()
}

// pages serves what the page is made of, and hears from it.
func (s *stage) pages() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir("pages")))
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(s.page)) // a page that is gone has nothing to play
	})
	p := s.plays()
	mux.HandleFunc("/player.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(modules, p.module, p.file))
	})
	mux.HandleFunc("/warm/{file...}", s.warm)
	mux.HandleFunc("/begin", s.begin)
	mux.HandleFunc("POST /done", func(_ http.ResponseWriter, r *http.Request) {
		var report seen
		if err := json.NewDecoder(r.Body).Decode(&report); err != nil {
			report.Broken = fmt.Sprintf("its report: %v", err)
		}
		s.done <- report
	})
	return mux
}

// warm serves files of a lab of its own, under a token that nobody sees.
func (s *stage) warm(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	l, err := lab.New(lab.Config{Ladder: []int64{200_000}}, 1, now)
	var grant struct{ URL string }
	if err == nil {
		err = json.Unmarshal(l.Token(lab.Request{RawQuery: "video=vod&type=vod&expire=60"}, now).Body(), &grant)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	dir := strings.TrimSuffix(strings.TrimPrefix(grant.URL, l.Hosts().Plain), "master.m3u8")
	answer := l.Edge(lab.Request{Path: dir + r.PathValue("file")}, now)
	w.WriteHeader(answer.Status)
	_, _ = answer.WriteTo(w) // a page that is gone needs no warmth
}

// settling is what a new window of Chromium's takes to draw itself.
const settling = 2 * time.Second

// begin agrees on the instant with the page.
func (s *stage) begin(w http.ResponseWriter, _ *http.Request) {
	begin := instant(time.Now().Add(settling), s.name)
	s.proxy.play = span{begin, begin.Add(s.sc.Duration)}
	api := s.open(s.t, begin)
	s.proxy.api = hostOf(api)
	if s.beside != nil {
		s.beside(begin)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"begin": begin.UnixMilli(), "api": api})
}

// instant is the pair's next one from t on.
func instant(t time.Time, pair string) time.Time {
	const grid = 2 * time.Second
	h := fnv.New32a()
	_, _ = h.Write([]byte(pair)) // never fails
	n := h.Sum32()
	phase := time.Duration(n%2)*time.Second + 100*time.Millisecond + time.Duration(n/2%401)*time.Millisecond
	at := t.Truncate(grid).Add(phase)
	if at.Before(t) {
		at = at.Add(grid)
	}
	return at
}

// openLab serves the pair's lab on loopback until the test ends.
func (s *stage) openLab(t *testing.T, begin time.Time) string {
	var cfg lab.Config
	if s.sc.Target.Lab != nil {
		cfg = *s.sc.Target.Lab
	}
	l, err := lab.New(cfg, s.sc.Seed, begin)
	if err != nil {
		t.Error(err)
		return ""
	}
	server, err := l.Listen(t.Context(), lab.Clock{Now: time.Now, Sleep: loop.Sleep})
	if err != nil {
		t.Error(err)
		return ""
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	s.proxy.address = s.address
	cfg = cfg.Filled()
	return server.API + "?" + s.query(cfg.Live[0], cfg.VOD[0]).Encode()
}

func (s *stage) query(live, vod string) url.Values {
	q := url.Values{
		"video": {live}, "type": {"live"},
		"expire": {fmt.Sprint(int64(s.sc.TokenOf(s.cohort()).TTL.Seconds()))},
	}
	if s.cohort().Stream == scenarios.VOD {
		q.Set("video", vod)
		q.Set("type", "vod")
	}
	return q
}

// observation is what came of the play.
func (s *stage) observation(report seen) (Observation, error) {
	requests, calls := s.proxy.notes()
	if len(calls) == 0 {
		return Observation{}, errors.New("the page never called the token API")
	}
	o := Observation{
		Start: s.proxy.play.begin, Length: s.sc.Duration.Seconds(),
		Requests: requests, Refreshes: calls,
		Startup: report.Startup, Stalls: report.Stalls, Skips: report.Skips, Shown: report.Shown,
		Errors: report.Errors, Playhead: report.Playhead, Final: report.Final, Lag: report.Lag,
	}
	return o.Rounded(), nil
}
