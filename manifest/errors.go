package manifest

import (
	"errors"
	"fmt"
)

// What can be wrong with a body that should have been a manifest.
var (
	// ErrNotManifest: something else came, often a refusal dressed as a page.
	ErrNotManifest = errors.New("not a manifest")
	// ErrTruncated: the body ends before the manifest does.
	ErrTruncated = errors.New("truncated manifest")
	// ErrUnsupported: a manifest, but one that cannot be read or played safely.
	ErrUnsupported = errors.New("unsupported manifest")
)

// Error says which manifest could not be read and why. It wraps one of the
// sentinels above, so callers use errors.Is. Its text never holds the URL's path,
// where tokens stand.
type Error struct {
	URL  string // final URL of the manifest, as given to Parse: may hold a token, never print it
	Line int    // 1-based line of the body; 0 when no single line is to blame
	Err  error
}

func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("manifest: line %d: %v", e.Line, e.Err)
	}
	return fmt.Sprintf("manifest: %v", e.Err)
}

func (e *Error) Unwrap() error { return e.Err }
