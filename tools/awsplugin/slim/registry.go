package slim

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// trimRegistry returns the list of service packages cut down to the given ones.
func trimRegistry(file string, services []string) ([]byte, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("parse the list of services: %w", err)
	}
	dropped := map[string]bool{}
	dropImports(f, func(name, importPath string) bool {
		dir, isService := strings.CutPrefix(importPath, modulePath+"/"+servicesDir+"/")
		if !isService || slices.Contains(services, dir) {
			return false
		}
		dropped[name] = true
		return true
	})
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.CompositeLit); ok {
			lit.Elts = slices.DeleteFunc(lit.Elts, func(e ast.Expr) bool { return dropped[qualifier(e)] })
		}
		return true
	})
	return source(fset, f)
}

// qualifier returns x for an element of the form x.ServicePackage(ctx).
func qualifier(e ast.Expr) string {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return ""
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return id.Name
}

// dropImports removes the imports for which drop returns true. It is called
// with the name that the file uses and the import path.
func dropImports(f *ast.File, drop func(name, importPath string) bool) {
	for _, d := range f.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.IMPORT {
			continue
		}
		gen.Specs = slices.DeleteFunc(gen.Specs, func(s ast.Spec) bool {
			spec := s.(*ast.ImportSpec)
			p, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return false
			}
			name := path.Base(p)
			if spec.Name != nil {
				name = spec.Name.Name
			}
			return drop(name, p)
		})
	}
}

func source(fset *token.FileSet, f *ast.File) ([]byte, error) {
	var b bytes.Buffer
	if err := format.Node(&b, fset, f); err != nil {
		return nil, fmt.Errorf("print %s: %w", f.Name.Name, err)
	}
	return b.Bytes(), nil
}
