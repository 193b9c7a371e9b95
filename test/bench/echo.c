// The floor under every nameserver: a UDP server that echoes each query with QR set and RCODE 0, and does no other DNS.
// Usage: echo PORT batch|plain [THREADS]. "batch" reads and writes up to 64 packets per system call, "plain" one.
// cc -O2 -pthread -o echo echo.c
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, SIZE = 2048 };

static int open_socket(int port) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1, buffer = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) != 0) {
    perror("bind");
    exit(1);
  }
  return fd;
}

// Sets QR, and RCODE NOERROR.
static void answer(unsigned char *packet) {
  packet[2] |= 0x80;
  packet[3] = 0;
}

static void *plain(void *socket) {
  int fd = (int)(long)socket;
  static _Thread_local unsigned char packet[SIZE];
  for (;;) {
    struct sockaddr_in client;
    socklen_t size = sizeof client;
    ssize_t length = recvfrom(fd, packet, SIZE, 0, (struct sockaddr *)&client, &size);
    if (length < 12) continue;
    answer(packet);
    sendto(fd, packet, length, 0, (struct sockaddr *)&client, size);
  }
}

static void *batch(void *socket) {
  int fd = (int)(long)socket;
  static _Thread_local unsigned char packets[BATCH][SIZE];
  static _Thread_local struct mmsghdr messages[BATCH];
  static _Thread_local struct iovec data[BATCH];
  static _Thread_local struct sockaddr_in clients[BATCH];
  for (;;) {
    for (int i = 0; i < BATCH; i++) {
      data[i] = (struct iovec){packets[i], SIZE};
      messages[i].msg_hdr = (struct msghdr){.msg_name = &clients[i], .msg_namelen = sizeof clients[i], .msg_iov = &data[i], .msg_iovlen = 1};
    }
    int count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    for (int i = 0; i < count; i++) {
      answer(packets[i]);
      data[i].iov_len = messages[i].msg_len;
    }
    for (int sent = 0; sent < count;) {
      int more = sendmmsg(fd, messages + sent, count - sent, 0);
      sent += more > 0 ? more : 1;
    }
  }
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: echo PORT batch|plain [THREADS]\n");
    return 64;
  }
  int threads = count > 3 ? atoi(arguments[3]) : 1;
  void *(*serve)(void *) = strcmp(arguments[2], "batch") == 0 ? batch : plain;
  for (int i = 1; i < threads; i++) {
    pthread_t thread;
    pthread_create(&thread, NULL, serve, (void *)(long)open_socket(atoi(arguments[1])));
  }
  serve((void *)(long)open_socket(atoi(arguments[1])));
}
