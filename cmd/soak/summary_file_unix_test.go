//go:build unix

package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"soak/scenarios"
)

// What a flag names stays what it is: a link leads where it led, and a pipe or a device is
// written into, not replaced by a file.
func TestFilesStayWhatTheyAre(t *testing.T) {
	const report = "what was found"
	for _, row := range []struct {
		why  string
		make func(path string) error
		kind fs.FileMode
	}{
		{"there is none yet", func(string) error { return nil }, 0},
		{"the report before", func(path string) error { return os.WriteFile(path, []byte("something that is longer"), 0o600) }, 0},
		{"a link to a file elsewhere", func(path string) error {
			target := filepath.Join(t.TempDir(), "report")
			return errors.Join(os.WriteFile(target, nil, 0o600), os.Symlink(target, path))
		}, fs.ModeSymlink},
		{"a pipe, as /dev/stdout and the shell's >(jq) are", func(path string) error { return syscall.Mkfifo(path, 0o600) }, fs.ModeNamedPipe},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "report")
		if err := row.make(path); err != nil {
			t.Fatal(err)
		}
		var in *os.File
		if row.kind == fs.ModeNamedPipe { // a pipe can be opened for writing once somebody reads
			in = opened(t, path, syscall.O_NONBLOCK)
		}
		err := errors.Join(checkOut("out", path), writeOut("summary", path, func(w io.Writer) error {
			_, err := io.WriteString(w, report)
			return err
		}))
		if err != nil {
			t.Errorf("%s: %v", row.why, err)
		}
		if in == nil {
			in = opened(t, path, 0)
		}
		if got, err := io.ReadAll(in); err != nil || string(got) != report {
			t.Errorf("%s: has %q, %v; want %q", row.why, got, err, report)
		}
		if info, err := os.Lstat(path); err != nil || info.Mode().Type() != row.kind {
			t.Errorf("%s: %v, %v; want it still %v", row.why, info.Mode(), err, row.kind)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("%s: %v, %v beside it; want nothing left", row.why, left, err)
		}
	}
}

// Of a run that never began the file of events goes, but nothing else does.
func TestForgottenEvents(t *testing.T) {
	dir := t.TempDir()
	file, link, pipe := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "pipe")
	if err := errors.Join(os.Symlink(file, link), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	opened(t, pipe, syscall.O_NONBLOCK)
	want := []string{"link", "pipe"}
	for _, row := range []struct{ events, why string }{
		{file, "nothing happened that it could tell of"},
		{link, "its file was made for the run, and goes"},
		{pipe, "somebody reads from it"},
	} {
		r, err := startRecording(jobFiles{events: row.events}, origin{}, true, scenarios.Scenario{})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.end(nil); err != nil {
			t.Errorf("%s: %v", row.events, err)
		}
		var left []string
		entries, err := os.ReadDir(dir)
		for _, e := range entries {
			left = append(left, e.Name())
		}
		if err != nil || !slices.Equal(left, want) {
			t.Errorf("%s (%s): %q, %v are left; want %q", row.events, row.why, left, err, want)
		}
	}
}

func opened(t *testing.T, path string, how int) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDONLY|how, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
