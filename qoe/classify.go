package qoe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
)

// Classify names the failure behind an error of net/http, from dialling to the
// last byte of the body. A nil error is NoFailure; what it does not know is
// NetworkFailure. Whoever gave the request up knows better why than the error
// does: a cancelled context is CancelFailure here even when a timer cancelled it.
func Classify(err error) Failure {
	switch {
	case err == nil:
		return NoFailure
	case errors.Is(err, context.Canceled):
		return CancelFailure
	case isDNS(err):
		return DNSFailure
	case isTimeout(err):
		return TimeoutFailure
	case isTLS(err):
		return TLSFailure
	case errors.Is(err, syscall.ECONNREFUSED):
		return RefusedFailure
	case isReset(err):
		return ResetFailure
	case errors.Is(err, http.ErrNoLocation):
		return RedirectFailure
	}
	return NetworkFailure
}

func isDNS(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns)
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &t) && t.Timeout()
}

// isTLS knows certificates, handshakes, plain HTTP where TLS was expected, and
// alerts, which crypto/tls reports as a net.OpError named after their direction.
func isTLS(err error) bool {
	var (
		verify    *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		op        *net.OpError
	)
	return errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &authority) ||
		errors.As(err, &host) || errors.As(err, &invalid) || errors.Is(err, http.ErrSchemeMismatch) ||
		errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error")
}

// isReset is a connection that ended before the answer did. net/http reports an
// orderly close in front of the status line as a plain io.EOF.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}
