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
	if path == "-" {
		return fmt.Errorf("--%s - is no file, and the standard output has the report in words: name a file, or \"\" for none", flag)
	}
	target, whole, err := targetOf(path)
	if err != nil {
		return fmt.Errorf("--%s %w: name a file", flag, err)
	}
	if !whole {
		return nil // to open a pipe may take until somebody reads it
	}
	f, err := os.CreateTemp(filepath.Dir(target), filepath.Base(target)+".*")
	if err != nil {
		return fmt.Errorf("--%s %s cannot be written: %w; name a file in a folder that exists, or \"\" for none", flag, path, errors.Unwrap(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// targetOf is what writing to path writes to: the file at the end of symbolic links. It is
// replaced as a whole unless it is a pipe or a device (/dev/null), which nothing may replace.
func targetOf(path string) (target string, whole bool, err error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return path, true, nil // there is none yet; if it cannot be, making it says so
	case info.IsDir():
		return path, false, fmt.Errorf("%s is a folder", path)
	case !info.Mode().IsRegular():
		return path, false, nil
	}
	target, err = filepath.EvalSymlinks(path)
	return target, true, err
}

// writeOut writes what a flag named: a file whole or not at all, so that nobody reads half.
func writeOut(what, path string, write func(io.Writer) error) error {
	target, whole, err := targetOf(path)
	if err == nil && whole {
		err = writeWhole(target, write)
	} else if err == nil {
		err = writeInto(target, write)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", what, path, err)
	}
	return nil
}

func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// writeInto writes into a pipe or a device.
func writeInto(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
