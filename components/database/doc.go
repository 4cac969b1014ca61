// Package database builds an RDS for PostgreSQL 17 instance in isolated subnets:
// encrypted with a key of its own, reachable over TLS only and only from the
// security groups that AllowFrom names, its master password managed and rotated
// by RDS, its log and its operating system's figures in CloudWatch. It can begin
// with a snapshot and have read replicas.
//
// It refuses storage that RDS would not take and a database without backups.
//
// It protects the data: unless Disposable says otherwise the instance has
// deletion protection, leaves a final snapshot, and Pulumi refuses to delete it.
package database
