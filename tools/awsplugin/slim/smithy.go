package slim

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// SmithyModule is the transport below the AWS SDK.
const SmithyModule = "github.com/aws/smithy-go"

const smithyBody = "transport/http/internal/io/safe.go"

// What safeWriteToReadCloser.WriteTo returns for a closed body, and what the
// contract of io.WriterTo wants: io.Copy passes its io.EOF on as an error.
var (
	smithyWrong = []byte("\tif r.safeReadCloser.closed {\n\t\treturn 0, io.EOF\n\t}\n")
	smithyRight = []byte("\tif r.safeReadCloser.closed {\n\t\treturn 0, nil\n\t}\n")
)

// CorrectSmithy copies smithy-go from source to target and corrects the cause
// of "read tcp ...: use of closed network connection" in the middle of a
// response.
//
// smithy-go closes the request's body as soon as the response's headers are
// there. The HTTP transport may then not have finished with that body: after
// writing it, it looks for surplus bytes with io.Copy, gets io.EOF from WriteTo
// where it expects no error, takes the request for failed, and closes the
// connection under the response. The AWS SDK knows the symptom as
// aws/aws-sdk-go-v2#1825 and #2737 and retries since 2025; the version that the
// provider is written against does not, and a retried CreateVpc makes two.
func CorrectSmithy(source, target string) error {
	original, err := os.ReadFile(filepath.Join(source, smithyBody))
	if err != nil {
		return fmt.Errorf("correct smithy-go: %w", err)
	}
	if n := bytes.Count(original, smithyWrong); n != 1 {
		return fmt.Errorf("correct smithy-go: %s has the wrong statement %d times instead of once: see whether this version still needs the correction", smithyBody, n)
	}
	corrected := bytes.Replace(original, smithyWrong, smithyRight, 1)

	return filepath.WalkDir(source, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("copy smithy-go: %w", err)
		}
		rel, err := filepath.Rel(source, path)
		if err != nil {
			return fmt.Errorf("copy smithy-go: %w", err)
		}
		name := d.Name()
		if d.IsDir() {
			if name == "codegen" || name == "testdata" || strings.HasPrefix(name, ".") && rel != "." {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		var content []byte
		if filepath.ToSlash(rel) == smithyBody {
			content = corrected
		}
		if err := copyFile(path, filepath.Join(target, rel), content); err != nil {
			return fmt.Errorf("copy smithy-go's %s: %w", rel, err)
		}
		return nil
	})
}
