package slim

// SmithyModule is the transport below the AWS SDK.
const SmithyModule = "github.com/aws/smithy-go"

// What safeWriteToReadCloser.WriteTo returns for a closed body, and what the
// contract of io.WriterTo wants: io.Copy passes its io.EOF on as an error.
var closedBody = correction{
	module: "smithy-go",
	file:   "transport/http/internal/io/safe.go",
	wrong:  "\tif r.safeReadCloser.closed {\n\t\treturn 0, io.EOF\n\t}\n",
	right:  "\tif r.safeReadCloser.closed {\n\t\treturn 0, nil\n\t}\n",
}

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
	return closedBody.copy(source, target)
}
