package manifest

// Parse reads the manifest in body. base is the final URL it came from, after
// redirects; contentType is a hint only. Errors are *Error and wrap
// ErrNotManifest, ErrTruncated or ErrUnsupported.
func Parse(base, contentType string, body []byte) (*Presentation, error) {
	return nil, &Error{URL: base, Err: ErrUnsupported}
}
