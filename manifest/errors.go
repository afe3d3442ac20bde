package manifest

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
)

// What can be wrong with a body that should have been a manifest.
var (
	// ErrNotManifest: something else came, often a refusal dressed as a page.
	ErrNotManifest = errors.New("not a manifest")
	// ErrTruncated: the body ends before the manifest does.
	ErrTruncated = errors.New("truncated manifest")
	// ErrUnsupported: a manifest, but one that cannot be read or played right.
	ErrUnsupported = errors.New("unsupported manifest")
)

// Error says why a manifest could not be read. It wraps one of the sentinels
// above: tell them apart with errors.Is. Its text names the manifest by host and
// file only and holds no reference from the body, because tokens stand there.
type Error struct {
	URL  string // the manifest's final URL; it may hold a token: never print it
	Line int    // 1-based line of the body; 0 when no single line is to blame
	Err  error

	where string // "Period 2, AdaptationSet 1", from the outside in
}

func (e *Error) Error() string {
	text := ""
	if name := nameOf(e.URL); name != "" {
		text = name + ": "
	}
	if e.Line > 0 {
		text += fmt.Sprintf("line %d: ", e.Line)
	}
	if e.where != "" {
		text += e.where + ": "
	}
	return text + e.Err.Error()
}

// nameOf is what a person knows a URL by and no token stands in: the host, and
// the file if it looks like one.
func nameOf(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return ""
	}
	if file := path.Base(u.Path); strings.Contains(file, ".") && len(file) <= 40 {
		return u.Host + "/…/" + file
	}
	return u.Host + "/…"
}

// within says that the error lies in the i-th (0-based) element of that name.
func (e *Error) within(element string, i int) *Error {
	where := fmt.Sprintf("%s %d", element, i+1)
	if e.where != "" {
		where += ", " + e.where
	}
	e.where = where
	return e
}

// on says which line is to blame, unless a narrower one is known.
func (e *Error) on(line int) *Error {
	if e.Line == 0 {
		e.Line = line
	}
	return e
}

func (e *Error) Unwrap() error { return e.Err }

func notManifest(what string) *Error {
	return &Error{Err: fmt.Errorf("got %s, %w; is the URL right, signed and not expired?", what, ErrNotManifest)}
}

func truncated(line int, format string, args ...any) *Error {
	return &Error{Line: line, Err: fmt.Errorf("%w: "+format, prepend(ErrTruncated, args)...)}
}

func unsupported(line int, format string, args ...any) *Error {
	return &Error{Line: line, Err: fmt.Errorf("%w: "+format, prepend(ErrUnsupported, args)...)}
}

func prepend(first any, rest []any) []any { return append([]any{first}, rest...) }
