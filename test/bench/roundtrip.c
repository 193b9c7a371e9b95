// Measures the round trip of one UDP query at a time. Prints the mean, the median and the 99th percentile in microseconds.
// Usage: roundtrip PORT QUESTIONS SECONDS, with QUESTIONS a file in dnsperf's format, "name TYPE" per line, of type A or SRV.
// cc -O2 -o roundtrip roundtrip.c
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

enum { MAX_QUESTIONS = 10000, MAX_SAMPLES = 1000000, HEADER = 12, PATIENCE = 2 };

static unsigned char queries[MAX_QUESTIONS][300];
static int lengths[MAX_QUESTIONS];
static float samples[MAX_SAMPLES];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int write_query(unsigned char *query, char *name, const char *type) {
  static const unsigned char header[HEADER] = {0, 0, 1, 0, 0, 1};
  memcpy(query, header, HEADER);
  int at = HEADER;
  for (char *label = strtok(name, "."); label; label = strtok(NULL, ".")) {
    query[at++] = strlen(label);
    memcpy(query + at, label, strlen(label));
    at += strlen(label);
  }
  unsigned char end[5] = {0, 0, strcmp(type, "SRV") == 0 ? 33 : 1, 0, 1};
  memcpy(query + at, end, sizeof end);
  return at + sizeof end;
}

static int by_value(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: roundtrip PORT QUESTIONS SECONDS\n");
    return 64;
  }
  FILE *file = fopen(arguments[2], "r");
  char name[256], type[16];
  int questions = 0, sent = 0, kept = 0;
  while (file && questions < MAX_QUESTIONS && fscanf(file, "%255s %15s", name, type) == 2) {
    lengths[questions] = write_query(queries[questions], name, type);
    questions++;
  }
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct timeval patience = {.tv_sec = PATIENCE};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (questions == 0 || connect(fd, (struct sockaddr *)&server, sizeof server) != 0) {
    perror("roundtrip");
    return 1;
  }
  double end = now() + atof(arguments[3]) * 1e6, sum = 0;
  while (now() < end && kept < MAX_SAMPLES) {
    unsigned char *query = queries[sent % questions], answer[4096];
    query[0] = sent >> 8;
    query[1] = sent;
    double start = now();
    if (send(fd, query, lengths[sent++ % questions], 0) < 0) continue;
    if (recv(fd, answer, sizeof answer, 0) < HEADER || answer[0] != query[0] || answer[1] != query[1]) continue;
    sum += samples[kept++] = now() - start;
  }
  qsort(samples, kept, sizeof samples[0], by_value);
  if (kept > 0) printf("%.2f %.2f %.2f\n", sum / kept, samples[kept / 2], samples[(int)(kept * 0.99)]);
  return kept > 0 ? 0 : 1;
}
