// Command closedbody makes the request that smithy-go spoils when the answer
// arrives before the HTTP transport has finished with the request's body, as
// happens on a busy machine with the server next to it. It prints the answer,
// or fails with the error that the AWS SDK would report.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const body = "Action=DescribeVpcs"

func main() {
	log.SetFlags(0)
	answer, err := ask()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer)
}

func ask() (string, error) {
	// The server sends its headers when it has the request, and the answer's
	// body later.
	rest := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.(http.Flusher).Flush()
		select {
		case <-rest:
			io.WriteString(w, "complete")
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	address, err := url.Parse(server.URL)
	if err != nil {
		return "", err
	}

	// The connection keeps the transport's writer busy, once the request's body
	// is on the wire, until smithy-go has returned the response.
	returned := make(chan struct{})
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			return busyConn{conn, returned}, err
		},
	}}
	wrote := make(chan error, 1)
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		WroteRequest: func(i httptrace.WroteRequestInfo) { wrote <- i.Err },
	})

	request, err := smithyhttp.NewStackRequest().(*smithyhttp.Request).SetStream(bytes.NewBufferString(body))
	if err != nil {
		return "", err
	}
	request.Method, request.URL, request.ContentLength = http.MethodPost, address, int64(len(body))
	out, _, err := smithyhttp.NewClientHandler(client).Handle(ctx, request)
	if err != nil {
		return "", err
	}
	close(returned)

	if err := <-wrote; err == nil {
		close(rest)
	} // else nobody but the client itself can end the reading
	answer, err := io.ReadAll(out.(*smithyhttp.Response).Body)
	return string(answer), err
}

// busyConn returns from writing the request's body only after until is closed.
type busyConn struct {
	net.Conn
	until <-chan struct{}
}

func (c busyConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if bytes.HasSuffix(b, []byte(body)) {
		<-c.until
	}
	return n, err
}
