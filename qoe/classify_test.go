package qoe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"syscall"
	"testing"
	"time"
)

func TestClassify(t *testing.T) {
	wrap := func(err error) error { return &url.Error{Op: "Get", URL: "http://edge.lab/", Err: err} }
	rows := []struct {
		why  string
		err  error
		want Failure
	}{
		{"no error", nil, NoFailure},
		{"host unknown", wrap(&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}), DNSFailure},
		{"a resolver that does not answer is still a name problem", wrap(&net.DNSError{IsTimeout: true}), DNSFailure},
		{"nobody listens", wrap(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}), RefusedFailure},
		{"kernel gives up connecting", wrap(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ETIMEDOUT)}), TimeoutFailure},
		{"deadline", wrap(context.DeadlineExceeded), TimeoutFailure},
		{"cancelled", wrap(context.Canceled), CancelFailure},
		{"reset", wrap(&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}), ResetFailure},
		{"body shorter than Content-Length", fmt.Errorf("body: %w", io.ErrUnexpectedEOF), ResetFailure},
		{"closed before the status line", wrap(io.EOF), ResetFailure},
		{"TLS alert from the other side", wrap(&net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")}), TLSFailure},
		{"no route", wrap(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}), NetworkFailure},
		{"anything else", errors.New("odd"), NetworkFailure},
	}
	for _, r := range rows {
		if got := Classify(r.err); got != r.want {
			t.Errorf("%s: Classify(%v) = %q; want %q", r.why, r.err, got, r.want)
		}
	}
}

// What net/http really returns, from loopback.
func TestClassifyOnTheWire(t *testing.T) {
	abort := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/short" {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "short")
		}
		panic(http.ErrAbortHandler)
	})
	plain, secure := httptest.NewServer(abort), httptest.NewUnstartedServer(abort)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer plain.Close()
	defer secure.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + gone.Addr().String()
	gone.Close()

	rows := []struct {
		why, url string
		want     Failure
	}{
		{"handler aborts before answering", plain.URL, ResetFailure},
		{"handler aborts inside the body", plain.URL + "/short", ResetFailure},
		{"certificate nobody signed", secure.URL, TLSFailure},
		{"plain HTTP behind https://", "https" + plain.URL[len("http"):], TLSFailure},
		{"closed port", refused, RefusedFailure},
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	for _, r := range rows {
		resp, err := client.Get(r.url)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		if got := Classify(err); got != r.want {
			t.Errorf("%s: Classify(%v) = %q; want %q", r.why, err, got, r.want)
		}
	}
}
