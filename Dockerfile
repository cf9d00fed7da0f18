# docker build -t qp-lint . && docker run --rm -v "$PWD:/project:ro" qp-lint
FROM python:3.13-slim AS build
COPY pyproject.toml README.md LICENSE /source/
COPY rules /source/rules
COPY src /source/src
COPY examples /source/examples
RUN python -m venv --without-pip /opt/qp-lint \
 && pip --python /opt/qp-lint/bin/python install --no-cache-dir --disable-pip-version-check /source
# what is worked out once from the rules lies in the image
ENV XDG_CACHE_HOME=/opt/qp-lint/cache
RUN /opt/qp-lint/bin/qp-lint check --isolated --no-cache --exit-zero --quiet /source/examples >/dev/null

FROM python:3.13-slim
COPY --from=build /opt/qp-lint /opt/qp-lint
ENV PATH=/opt/qp-lint/bin:$PATH \
    XDG_CACHE_HOME=/opt/qp-lint/cache \
    QP_LINT_CACHE_DIR=/tmp/qp-lint
USER 65532:65532
WORKDIR /project
ENTRYPOINT ["qp-lint"]
