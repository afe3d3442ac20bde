//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"soak/audit"
)

// TestAuditNginx audits nginx' secure_link, which nobody here wrote, behind a token
// API that signs for anybody and gives tokens of 5 s whatever is asked for.
func TestAuditNginx(t *testing.T) {
	t.Parallel()
	need(t, nginx, ffmpeg)
	bin := soak(t)
	e := startNginx(t)
	e.makeFilm(t)
	api := startAPI(t, e, 5*time.Second, 0) + "?video={video}&type={type}&expire={expire}"
	cmd := exec.CommandContext(bounded(t, 2*time.Minute), bin, "audit", "--json", "--type", "vod", "--video", film, api)
	body, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 99 {
		t.Fatalf("%v; want exit code 99\n%s", err, body)
	}
	var r audit.Report
	if err := json.Unmarshal(body, &r); err != nil {
		t.Fatal(err)
	}
	want := map[string]audit.Verdict{
		"answer": audit.Pass, "life": audit.Warn, "auth": audit.Fail, "api-cors": audit.Warn, "api-cache": audit.Warn, "api-alike": audit.Pass,
		"expire-long": audit.Pass, "expire-absolute": audit.Pass, "expire-negative": audit.Pass, "client-ip": audit.Pass,
		"edge-opens": audit.Pass, "edge-cors": audit.Warn, "clocks": audit.Pass, "bad-token": audit.Pass, "expires-signed": audit.Pass,
		"video-bound": audit.Pass, "playlists": audit.Pass, "segments": audit.Pass, "ip-bound": audit.Unknown,
		"grace": audit.Pass, "expired-status": audit.Pass,
	}
	for _, f := range r.Findings {
		if v, ok := want[f.ID]; ok && v != f.Verdict {
			t.Errorf("%s: %s (%s); want %s", f.ID, f.Verdict, f.Why, v)
		}
		delete(want, f.ID)
	}
	if len(want) > 0 || r.Requests > audit.Most {
		t.Errorf("not told: %v; %d requests", want, r.Requests)
	}
	if os.Getenv("AUDIT_OUT") != "" {
		t.Logf("%s", body)
	}
}
