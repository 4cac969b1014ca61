// Package timing tells from what the program registers how long a deploy takes
// on AWS: the least that the settings allow, whatever the machines do, and about
// what Fargate adds.
package timing
