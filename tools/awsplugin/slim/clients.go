package slim

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// clientCalls returns the names of all methods called in the packages that may
// be client constructors (EC2Client, RDSConn ...).
func clientCalls(root string, packages []string) (map[string]bool, error) {
	used := map[string]bool{}
	for _, p := range packages {
		files, err := goFiles(filepath.Join(root, p))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if filepath.Join(root, clientsFile) == file {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				return nil, fmt.Errorf("parse the provider: %w", err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok && isClientName(sel.Sel.Name) {
					used[sel.Sel.Name] = true
				}
				return true
			})
		}
	}
	return used, nil
}

func isClientName(s string) bool {
	return strings.HasSuffix(s, "Client") || strings.HasSuffix(s, "Conn")
}

// trimClients returns the file of client constructors without those that are
// not used, and how many are left.
func trimClients(file string, used map[string]bool) ([]byte, int, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, parser.ParseComments)
	if err != nil {
		return nil, 0, fmt.Errorf("parse the AWS clients: %w", err)
	}
	kept := 0
	f.Decls = slices.DeleteFunc(f.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv == nil || !isClientName(fn.Name.Name) {
			return false
		}
		if used[fn.Name.Name] {
			kept++
			return false
		}
		return true
	})

	names := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				names[id.Name] = true
			}
		}
		return true
	})
	dropImports(f, func(name, _ string) bool { return !names[name] })
	b, err := source(fset, f)
	return b, kept, err
}
