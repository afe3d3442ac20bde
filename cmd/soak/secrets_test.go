package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"soak/lab"
	"soak/loop"
	"soak/token"
)

// What nobody may find in anything that soak writes. They have no characters that an
// encoding would change, but for the base64 of the whole.
const (
	signingSecret = "account-secret-0f9e8d7c"
	authorization = "authorization-1a2b3c4d5e"
	accessToken   = "access-9z8y7x6w5v"
	cookie        = "session-5q4r3s2t1u"
)

// TestNothingTellsSecrets runs commands against a token API and an edge whose secrets
// are known, and looks for these in all that is printed and written. A command that
// writes something new has a row here: @ARTEFACTS is a directory of its own, and @API,
// @OPEN, @BROKEN and @EDGE are the stranger's addresses.
func TestNothingTellsSecrets(t *testing.T) {
	s := newStranger(t)
	t.Setenv("TOKEN_API_AUTH", "Bearer "+authorization)
	t.Setenv("SIGNING_SECRET", signingSecret)
	all := strings.Fields("--csv @ARTEFACTS/t.csv --events @ARTEFACTS/e.ndjson.gz --out @ARTEFACTS/s.json --html @ARTEFACTS/r.html --junit @ARTEFACTS/j.xml --markdown @ARTEFACTS/m.md")
	tests := []struct {
		name  string
		args  string
		files int // that it writes at least
		codes []int
	}{
		{"run with a token API", "run @ARTEFACTS/scenario.yaml", 5, []int{0, 99, 4}},
		{"run --sign", "run --duration 3s --sign 2675:SIGNING_SECRET --set target.videos.live=live --set viewers.mix[*].stream=live --url @EDGE/cmaf/2675_live/token00/1000000000/master.m3u8 --viewers 3 --arrival once --ttl 2s --lead 1s --threshold noticed_ratio<2", 4, []int{0, 99, 4}},
		{"run --virtual, report and compare", "run --virtual --viewers 10 --duration 30s --ttl 6s --lead 1s --token-latency 3s" +
			" && report @ARTEFACTS/e.ndjson.gz --out @ARTEFACTS/s2.json --html @ARTEFACTS/r2.html --csv @ARTEFACTS/t2.csv" +
			" && compare @ARTEFACTS/s.json @ARTEFACTS/s2.json --out @ARTEFACTS/c.json --html @ARTEFACTS/c.html --markdown @ARTEFACTS/c.md", 13, []int{0, 99}},
		{"run --suite", "run --virtual --suite H14 --junit @ARTEFACTS/j.xml --markdown @ARTEFACTS/m.md --out @ARTEFACTS/s.json", 3, []int{0}},
		{"run, not authorized", "run --token-api @API/api/token?video={video}&type={type}&expire={expire}&access_token=" + accessToken + " --set target.videos.live=live --set viewers.mix[*].stream=live", 1, []int{3}},
		{"run, token API broken", "run --token-api @BROKEN --set target.videos.live=live --set viewers.mix[*].stream=live", 1, []int{3}},
		{"run, secret in the URL", "run --url http://user:" + accessToken + "@127.0.0.1/a.m3u8", 0, []int{2}},
		{"tune", "tune --rounds 1 --ttl 30s --lead 5s,10s --jitter 0s --policies own --json @ARTEFACTS/t.json --html @ARTEFACTS/t.html", 2, []int{0, 5}},
		{"tune --measure", "tune --rounds 1 --measure 1 @ARTEFACTS/scenario.yaml", 0, []int{3}}, // 20 are needed, at two a second
		{"inspect", "inspect --token-api @OPEN @EDGE/cmaf/2675_live/token00/1000000000/master.m3u8", 0, []int{0}},
		{"inspect --json", "inspect --json --sign 2675:SIGNING_SECRET @EDGE/cmaf/2675_live/token00/1000000000/index.mpd", 0, []int{0}},
		{"watch --har", "watch --har @ARTEFACTS/w.har @ARTEFACTS/scenario.yaml", 2, []int{0}},
		{"watch --sign", "watch --har @ARTEFACTS/w.har --sign 2675:SIGNING_SECRET --set target.videos.live=live --duration 3s --ttl 2s --lead 0s @EDGE/cmaf/2675_live/token00/1000000000/index.mpd", 1, []int{0}},
		{"watch --virtual", "watch --virtual --har @ARTEFACTS/w.har --ttl 6s --lead 1s --token-latency 3s --duration 20s", 1, []int{0}},
		{"watch, not authorized", "watch --har @ARTEFACTS/w.har --token-api @API/api/token?access_token=" + accessToken + " --set target.videos.live=live @EDGE/a.m3u8", 0, []int{3}},
		{"lab", "lab --listen 127.0.0.1:0", 0, []int{0}}, // its tokens are there to be used, its secret is not
		{"audit, not authorized", "audit --video live @API/api/token?video={video}&type={type}&expire={expire}&access_token=" + accessToken, 0, []int{0}},
	}
	var commands sync.WaitGroup // they mostly wait for a stream
	for _, test := range tests {
		commands.Go(func() {
			dir := t.TempDir()
			s.scenario(t, filepath.Join(dir, "scenario.yaml"))
			var stdout, stderr bytes.Buffer
			for line := range strings.SplitSeq(test.args, " && ") {
				args := strings.Fields(line)
				if args[0] == "run" && !slices.Contains(args, "--suite") { // a suite has no page
					args = append(args, all...)
				}
				ctx, cancel := t.Context(), func() {}
				if args[0] == "lab" { // serves until it is told to stop
					ctx, cancel = context.WithTimeout(ctx, time.Second)
				}
				defer cancel()
				if code := run(ctx, s.fill(args, dir), strings.NewReader(""), &stdout, &stderr); !slices.Contains(test.codes, code) {
					t.Errorf("%s: exit code %d; want one of %v\n%s%s", test.name, code, test.codes, stdout.String(), stderr.String())
				}
			}
			files := artefacts(t, dir)
			if len(files) < test.files {
				t.Errorf("%s: %d files written; want %d", test.name, len(files), test.files)
			}
			files["standard output"], files["standard error"] = stdout.Bytes(), stderr.Bytes()
			for name, text := range files {
				for _, found := range s.told(text) {
					t.Errorf("%s: %s tells %s", test.name, name, found)
				}
			}
		})
	}
	commands.Wait()
	if n := len(s.issued); n < 10+len(embeddedTokens(t)) {
		t.Errorf("%d tokens are known; want some of every command", n)
	}
	if found := s.told([]byte("x" + base64.StdEncoding.EncodeToString([]byte(signingSecret)) + "x")); len(found) != 1 {
		t.Errorf("what looks for secrets finds %v in one", found)
	}
}

// stranger is somebody's token API and edge: a lab behind proxies that ask for an
// authorization, set cookies, talk too much, and note every token.
type stranger struct {
	lab       *lab.Server
	api, edge *httptest.Server
	mu        sync.Mutex
	issued    map[string]bool
}

func newStranger(t *testing.T) *stranger {
	t.Helper()
	site, err := lab.New(lab.Config{Secret: signingSecret}, 7, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := &stranger{issued: map[string]bool{}}
	if s.lab, err = site.Listen(context.WithoutCancel(t.Context()), lab.Clock{Now: time.Now, Sleep: loop.Sleep}); err != nil {
		t.Fatal(err)
	}
	origin, err := url.Parse(s.lab.Plain)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(origin)
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) {} // of clients who left
	s.edge = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l, ok := token.Locate(r.URL.Path); ok {
			s.note(l.Grant.Token)
			w.Header().Set("X-Debug", "token="+l.Grant.Token)
		}
		w.Header().Set("Content-Location", r.URL.Path)
		w.Header().Set("Set-Cookie", "session="+cookie)
		proxy.ServeHTTP(w, r)
	}))
	s.api = httptest.NewServer(http.HandlerFunc(s.serveAPI))
	for _, tok := range embeddedTokens(t) {
		s.note(tok)
	}
	t.Cleanup(func() {
		s.api.Close()
		s.edge.Close()
		if err := s.lab.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *stranger) note(tok string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(tok) >= 20 { // not what stands in for a token
		s.issued[tok] = true
	}
}

var tokenField = regexp.MustCompile(`"token(?:_ip)?":\s*"([^"]+)"`)

// serveAPI answers as the lab's token API does, with the edge's URLs: /api to who is
// authorized, /open to anybody, and anything else as if it were broken.
func (s *stranger) serveAPI(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: "session", Value: cookie})
	body, status := s.askLab(r.URL.Query())
	switch got := r.Header.Get("Authorization"); {
	case strings.HasPrefix(r.URL.Path, "/api/") && got != "Bearer "+authorization:
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"error": "not authorized", "wanted": "Bearer %s", "query": %q}`, authorization, r.URL.RawQuery)
		return
	case strings.HasPrefix(r.URL.Path, "/broken"):
		fmt.Fprintf(w, "<html>%s authorization: %s", body, authorization)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

func (s *stranger) askLab(query url.Values) (body string, status int) {
	query.Del("access_token")
	resp, err := http.Get(s.lab.API + "?" + query.Encode())
	if err != nil {
		return err.Error(), http.StatusBadGateway
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error(), http.StatusBadGateway
	}
	for _, m := range tokenField.FindAllSubmatch(text, -1) {
		s.note(string(m[1]))
	}
	return strings.ReplaceAll(string(text), s.lab.Plain, s.edge.URL), resp.StatusCode
}

// scenario is one of two viewers whose tokens are renewed too late.
func (s *stranger) scenario(t *testing.T, file string) {
	t.Helper()
	text := `version: 1
name: strangers
duration: 5s
target:
  tokenApi:
    url: ` + s.api.URL + `/api/token?video={video}&type={type}&expire={expire}
    headers: {Authorization: TOKEN_API_AUTH}
  videos: {live: live}
viewers: {count: 4, mix: [{player: hlsjs, policy: guide-hlsjs}, {player: dashjs, policy: steady}]}
arrival: {kind: once}
token: {ttl: 2s, lead: 0s}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// fill puts addresses into a command line.
func (s *stranger) fill(args []string, dir string) []string {
	open := s.api.URL + "/open/token?video={video}&type={type}&expire={expire}"
	names := strings.NewReplacer("@ARTEFACTS", dir, "@API", s.api.URL, "@OPEN", open, "@BROKEN", s.api.URL+"/broken", "@EDGE", s.edge.URL)
	for i, a := range args {
		args[i] = names.Replace(a)
	}
	return args
}

// told lists the secrets in a text: as they are, and in base64.
func (s *stranger) told(text []byte) (found []string) {
	for _, derived := range derivedSecret.FindAll(text, -1) {
		found = append(found, "what looks like the lab's own secret: "+string(derived))
	}
	for _, secret := range []string{signingSecret, authorization, accessToken, cookie} {
		for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret))} {
			if bytes.Contains(text, []byte(form)) {
				found = append(found, form)
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, word := range words.FindAll(text, -1) {
		for i := 0; i+22 <= len(word); i++ { // a token's length
			if tok := string(word[i : i+22]); s.issued[tok] {
				found = append(found, "token "+tok)
			}
		}
	}
	return found
}

// derivedSecret is one that a lab draws from its seed.
var derivedSecret = regexp.MustCompile(`\b[0-9a-f]{32}\b`)

var words = regexp.MustCompile(`[A-Za-z0-9_-]{22,}`)

// embeddedTokens are those that the embedded lab of seed 1 signs in runs in virtual
// time.
func embeddedTokens(t *testing.T) (all []string) {
	t.Helper()
	start := time.Unix(1_800_000_000, 0)
	site, err := lab.New(lab.Config{}, 1, start)
	if err != nil {
		t.Fatal(err)
	}
	for second := range 120 {
		for _, query := range []string{"video=live&type=live&expire=1", "video=vod&type=vod&expire=1"} {
			a := site.Token(lab.Request{Path: "/api/token", RawQuery: query, Viewer: 0, Call: 1}, start.Add(time.Duration(second)*time.Second))
			var says struct{ Token string }
			if err := json.Unmarshal(a.Body(), &says); err != nil || len(says.Token) != 22 {
				t.Fatalf("the lab's token API answers %s: %v", a.Body(), err)
			}
			all = append(all, says.Token)
		}
	}
	return all
}

// artefacts are the files below a directory, unpacked.
func artefacts(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && strings.HasSuffix(path, ".gz") {
			var r *gzip.Reader
			if r, err = gzip.NewReader(bytes.NewReader(text)); err == nil {
				text, err = io.ReadAll(r)
			}
		}
		files[filepath.Base(path)] = text
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
