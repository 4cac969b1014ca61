// Command probe is the only program in the test images. It checks something
// inside a build step and fails the step if it isn't so.
package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Println("probe:", err)
		os.Exit(3)
	}
}

func run(args []string) error {
	switch args[0] {
	case "file": // has this SHA-256
		content, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		return same(content, args[2])
	case "env": // has a value with this SHA-256
		return same([]byte(os.Getenv(args[1])), args[2])
	case "contains": // this text
		content, err := os.ReadFile(args[1])
		if err == nil && !strings.Contains(string(content), args[2]) {
			err = fmt.Errorf("%s lacks %q:\n%s", args[1], args[2], content)
		}
		return err
	case "fail": // after saying a few words
		fmt.Println("about to fail")
		return errors.New("failed as asked")
	case "hang": // until somebody kills the build
		conn, err := net.Dial("tcp", args[1])
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, conn)
		return err
	}
	return fmt.Errorf("unknown command %q", args)
}

// same compares by hash, so that a Dockerfile need not contain a secret.
func same(got []byte, want string) error {
	if sum := fmt.Sprintf("%x", sha256.Sum256(got)); sum != want {
		return fmt.Errorf("SHA-256 is %s of %d bytes, not %s", sum, len(got), want)
	}
	return nil
}
