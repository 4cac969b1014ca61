package slim

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// typesFile is where a service package registers its types on the older SDK.
const typesFile = "service_package_gen.go"

// servicesOf returns the service packages that implement the given types.
func servicesOf(dir string, resources, dataSources []string) ([]string, error) {
	wanted := map[string]bool{}
	for _, t := range slices.Concat(resources, dataSources) {
		wanted[t] = false
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list the provider's services: %w", err)
	}

	var services []string
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		names, err := typeNames(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		needed := false
		for _, n := range names {
			if _, ok := wanted[n]; ok {
				wanted[n], needed = true, true
			}
		}
		if needed {
			services = append(services, e.Name())
		}
	}

	var missing []string
	for t, found := range wanted {
		if !found {
			missing = append(missing, t)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, fmt.Errorf("this version of the AWS provider has no %s: correct the names in the mapping table", strings.Join(missing, ", "))
	}
	return services, nil
}

// typeNames returns the Terraform types that a service package registers: the
// generated table has those of the older SDK (TypeName: "aws_x"), the Metadata
// methods those of the plugin framework (response.TypeName = "aws_x").
func typeNames(dir string) ([]string, error) {
	files, err := goFiles(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("read a service package: %w", err)
		}
		// Parsing is the slow part, and most files register nothing.
		if filepath.Base(f) != typesFile && !strings.Contains(string(src), ".TypeName = ") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f, src, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("parse a service package: %w", err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if id, ok := n.Key.(*ast.Ident); ok && id.Name == "TypeName" {
					names = appendLiteral(names, n.Value)
				}
			case *ast.AssignStmt:
				if sel, ok := n.Lhs[0].(*ast.SelectorExpr); ok && sel.Sel.Name == "TypeName" {
					names = appendLiteral(names, n.Rhs[0])
				}
			}
			return true
		})
	}
	return names, nil
}

func appendLiteral(names []string, e ast.Expr) []string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return names
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return names
	}
	return append(names, s)
}
