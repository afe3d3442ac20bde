//go:build e2e

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// part is a real program that a test needs.
type part struct{ program, install string }

var (
	nginx    = part{"nginx", "apt-get install nginx-light"}
	ffmpeg   = part{"ffmpeg", "apt-get install ffmpeg"}
	chromium = part{"chromium", "apt-get install chromium"}
	node     = part{"node", "install Node.js, then npm ci in e2e/"}
)

// need finds the programs, or fails in CI and skips elsewhere.
func need(t *testing.T, parts ...part) {
	t.Helper()
	for _, p := range parts {
		if _, err := exec.LookPath(p.program); err != nil {
			missing(t, p.program+" is not installed: "+p.install)
		}
	}
}

// needPackage does the same for an npm package.
func needPackage(t *testing.T, name string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join("node_modules", name, "package.json")); err != nil {
		missing(t, "npm package "+name+" is not installed: run npm ci in e2e/")
	}
}

func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// bounded is a context that ends well before the test binary's own timeout.
func bounded(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// soak builds the command once for a test and returns its path.
func soak(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "soak")
	out, err := exec.Command("go", "build", "-o", bin, "soak/cmd/soak").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}
