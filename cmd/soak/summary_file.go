package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// outFiles names the summary of each job: out itself for one; for several the
// scenario's name before the extension, and a number if two have one name.
func outFiles(out string, jobs []job) []string {
	files := make([]string, len(jobs))
	if out == "" || len(jobs) == 1 {
		for i := range files {
			files[i] = out
		}
		return files
	}
	ext := filepath.Ext(out)
	seen := map[string]int{}
	for i, j := range jobs {
		name := j.scenario.Name
		if name == "" {
			name = "unnamed"
		}
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, seen[name])
		}
		files[i] = strings.TrimSuffix(out, ext) + "-" + name + ext
	}
	return files
}

// checkOut makes sure, before anybody waits for a run, that what a flag names can
// be written.
func checkOut(flag, path string) error {
	if path == "" {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("--%s %s cannot be written: %w; name a file in a folder that exists, or \"\" for none", flag, path, errors.Unwrap(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// writeWhole writes a file whole or not at all, so that nobody reads half.
func writeWhole(what, path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer os.Remove(f.Name()) // gone already when all went well
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return fmt.Errorf("%s %s: %w", what, path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
