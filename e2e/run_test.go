//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
	"time"
)

// audience is played against nginx: both formats, live and VOD, on fast links.
// steady reaches every request; hls.js also carries the guide's own loader.
var audience = template.Must(template.New("audience.yaml").Parse(`version: 1
name: nginx
duration: 36s
transport: {{.Transport}}
target:
  tokenApi:
    url: {{.API}}?video={video}&type={type}&expire={expire}
  videos: {live: event, vod: film}
viewers:
  count: 12
  mix:
    - {player: hlsjs, policy: {{.HLSPolicy}}, link: fibre, stream: live}
    - {player: dashjs, policy: {{.DASHPolicy}}, link: fibre, stream: live}
    - {player: {profile: hlsjs, maxMaxBufferLength: 10, maxBufferLength: 10}, policy: {{.HLSPolicy}}, link: fibre, stream: vod}
    - {player: dashjs, policy: {{.DASHPolicy}}, link: fibre, stream: vod}
arrival: {kind: ramp, over: 2s}
token: {ttl: 12s, lead: {{.Lead}}}
thresholds: [refused_requests == 0, dead_viewers == 0]
`))

// summary is what the test reads of summary.json.
type summary struct {
	Metrics map[string]float64 `json:"metrics"`
}

// TestRunAgainstNginx sends soak's viewers to an edge and content that nobody
// here wrote, with 12 s tokens: a sane lead is never refused, a bad one is.
func TestRunAgainstNginx(t *testing.T) {
	need(t, nginx, ffmpeg)
	bin := soak(t)
	e := startNginx(t)
	e.makeFilm(t)
	e.startEvent(t)
	for _, c := range []struct {
		why, lead, hls, dash, transport string
		delay                           time.Duration // of the token API
		exit                            int
		refused                         bool
	}{
		{"a lead well above the API's latency", "5s", "guide-hlsjs", "steady", "auto", 100 * time.Millisecond, 0, false},
		{"the answer comes 3 s after expiry, and nobody retries", "0s", "guide-hlsjs", "steady", "net", 3 * time.Second, 99, true},
	} {
		t.Run(c.lead, func(t *testing.T) {
			t.Parallel() // both mostly wait
			got, exit, report := run(t, bin, map[string]string{
				"API": startAPI(t, e, 12*time.Second, c.delay), "Lead": c.lead, "HLSPolicy": c.hls, "DASHPolicy": c.dash, "Transport": c.transport,
			})
			refused := got.Metrics["refused_requests"]
			if exit != c.exit || (refused > 0) != c.refused {
				t.Errorf("%s: exit %d, %v requests refused; want exit %d, refused %v\n%s", c.why, exit, refused, c.exit, c.refused, report)
			}
			if calls := got.Metrics["token_calls"]; calls < 12*3 {
				t.Errorf("%v token calls by 12 viewers in three lifetimes; want at least 36", calls)
			}
			if over := map[string]string{"auto": "by lean", "net": "by net/http"}[c.transport]; !strings.Contains(report, over) {
				t.Errorf("the report does not say %q:\n%s", over, report)
			}
			if c.refused && !strings.Contains(report, "410") {
				t.Errorf("the report does not name status 410:\n%s", report)
			}
			e.compressedManifests(t)
		})
	}
}

// compressedManifests checks that viewers were sent manifests as browsers are, and
// segments as they are.
func (e edge) compressedManifests(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(e.log)
	if err != nil {
		t.Fatal(err)
	}
	packed := 0
	for line := range strings.Lines(string(text)) {
		var status int
		var coding, uri string
		if _, err := fmt.Sscan(line, &status, &coding, &uri); err != nil || status != http.StatusOK {
			continue // the last line may not be whole yet
		}
		manifest := strings.HasSuffix(uri, ".m3u8") || strings.HasSuffix(uri, ".mpd")
		if (coding == "gzip") != manifest {
			t.Errorf("%s was sent as %q", filepath.Base(uri), coding)
		}
		if manifest {
			packed++
		}
	}
	if packed < 12 {
		t.Errorf("%d compressed manifests for 12 viewers", packed)
	}
}

// run plays the audience and returns its summary, exit code and printed report.
func run(t *testing.T, bin string, with map[string]string) (summary, int, string) {
	t.Helper()
	dir := t.TempDir()
	var yaml bytes.Buffer
	if err := audience.Execute(&yaml, with); err != nil {
		t.Fatal(err)
	}
	file, out := filepath.Join(dir, "audience.yaml"), filepath.Join(dir, "summary.json")
	if err := os.WriteFile(file, yaml.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(bounded(t, 2*time.Minute), bin, "run", "--out", out, file)
	said, err := cmd.CombinedOutput()
	var s summary
	body, readErr := os.ReadFile(out)
	if readErr == nil {
		readErr = json.Unmarshal(body, &s)
	}
	if readErr != nil {
		t.Fatalf("summary: %v (run: %v)\n%s", readErr, err, said)
	}
	return s, cmd.ProcessState.ExitCode(), string(said)
}
